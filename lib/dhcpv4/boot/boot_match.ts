/** Which entry of a pool's boot files is for a client. */

import type { BootFile } from "../pool.ts";
import type { BootClient } from "./boot_client.ts";
import { isHttpUrl, mayRun } from "./boot_file_name.ts";

/** Why an entry is not for a client: the first of its conditions that the client does not meet. */
export type BootMismatch =
  | "userClass"
  | "ipxe"
  | "ipxeFeatures"
  | "vendorClass"
  | "architectures"
  | "requestedOptions"
  /** The entry says nothing of its clients, so it is for PXE and HTTP clients only. */
  | "notABootClient"
  /** The client loads by HTTP, and the file is no such URL. */
  | "notAnHttpUrl"
  /** The entry names no architecture, and the name of its file tells that it is of another one. */
  | "otherArchitecture";

/** Architectures of a client that are looked at; firmware has one. */
const ARCHITECTURES_MAX = 8;

/**
 * The first entry that is for the client. A client with several architectures counts as the first of
 * them that an entry names.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * import { messageOf } from "../../../tests/support/dhcp/dhcp_requests.ts";
 * import { bootClientOf } from "./boot_client.ts";
 * const options = [[60, [...new TextEncoder().encode("U-Boot.armv8")]]] as const;
 * const client = bootClientOf(messageOf({ options }).options);
 * equal(bootFileFor(client, [{ file: "a" }, { vendorClass: "u-boot", file: "b" }])?.file, "b");
 * ```
 */
export function bootFileFor(
  client: BootClient,
  files: readonly BootFile[],
): BootFile | undefined {
  for (const known of clientsOf(client, files)) {
    const found = files.find((entry) => bootMismatchOf(known, entry) === undefined);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The client by each architecture that it may count as; once for a client that says at most one. */
export function clientsOf(client: BootClient, files: readonly BootFile[]): readonly BootClient[] {
  if (client.architectures.length < 2) return [client];
  const [...own] = new Set(client.architectures.slice(0, ARCHITECTURES_MAX));
  const named = own.filter((architecture) =>
    files.some(({ architectures }) => architectures?.includes(architecture))
  );
  const counted = named.length > 0 ? named : own.slice(0, 1);
  return counted.map((architecture) => ({ ...client, architectures: [architecture] }));
}

/** Why the entry is not for the client; `undefined` when it is. */
export function bootMismatchOf(client: BootClient, entry: BootFile): BootMismatch | undefined {
  const { userClass, ipxe, vendorClass, architectures, file } = entry;
  const { ipxeFeatures = [], requestedOptions = [] } = entry;
  if (userClass !== undefined && !client.userClasses.some((text) => isSame(text, userClass))) {
    return "userClass";
  }
  if (ipxe !== undefined && client.isIpxe !== ipxe) return "ipxe";
  if (!ipxeFeatures.every((code) => client.ipxeFeatures.has(code))) return "ipxeFeatures";
  if (vendorClass !== undefined) {
    const prefix = client.vendorClass.slice(0, vendorClass.length);
    if (!isSame(prefix, vendorClass)) return "vendorClass";
  }
  const isOneOf = (architecture: number) => architectures?.includes(architecture);
  if (architectures !== undefined && !client.architectures.some(isOneOf)) return "architectures";
  if (!requestedOptions.every((code) => client.requestedOptions.includes(code))) {
    return "requestedOptions";
  }
  if (client.protocol === undefined && !namesItsClients(entry)) return "notABootClient";
  if (client.protocol === "http" && !isHttpUrl(file)) return "notAnHttpUrl";
  const isUnfit = architectures === undefined && !mayRun(file, client.architectures);
  return isUnfit ? "otherArchitecture" : undefined;
}

/**
 * Whether a client has to say something particular to get the file.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * equal(namesItsClients({ requestedOptions: [150], file: "a" }), true);
 * equal(namesItsClients({ ipxe: false, file: "a" }), false);
 * ```
 */
export function namesItsClients(entry: BootFile): boolean {
  const { userClass, ipxe, vendorClass, architectures } = entry;
  const { ipxeFeatures = [], requestedOptions = [] } = entry;
  return userClass !== undefined || ipxe === true || vendorClass !== undefined ||
    architectures !== undefined || ipxeFeatures.length > 0 || requestedOptions.length > 0;
}

/** Firmware spells its own name in more than one way: U-Boot and U-boot. */
function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
