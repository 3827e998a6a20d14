/**
 * What this process may still ask the runtime for. The executable is compiled with what any command
 * may need; each command gives up the rest before anybody can send it anything.
 */

const NAMES = ["env", "ffi", "net", "read", "run", "sys", "write"] as const;

/** A kind of access to what is outside of the process. */
export type PermissionName = (typeof NAMES)[number];

/** Gives up all but these, for as long as the process lives. */
export function keepPermissions(kept: readonly PermissionName[]): void {
  for (const name of NAMES) {
    if (!kept.includes(name)) Deno.permissions.revokeSync({ name });
  }
  // Code from the network, by import(). The runtime knows the name, its types do not.
  Deno.permissions.revokeSync({ name: "import" } as unknown as Deno.PermissionDescriptor);
}

/** What is left. */
export function keptPermissions(): readonly PermissionName[] {
  return NAMES.filter((name) => {
    // Of the host, only some things may be asked for from the start.
    const asked = name === "sys" ? { name, kind: "hostname" } as const : { name };
    return Deno.permissions.querySync(asked).state === "granted";
  });
}
