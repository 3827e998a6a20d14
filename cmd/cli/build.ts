/** Which version this is, and from which commit it was built. */

import project from "../../deno.json" with { type: "json" };

/** `./dev compile` puts the commit of the sources in its place; the sources do not declare it. */
declare const BUILD_COMMIT: string | undefined;

/** Version of the project, such as `0.1.0`. */
export const VERSION: string = project.version;

/**
 * One line such as `vm-dhcp 0.1.0 (commit 1a2b3c4, deno 2.9.6, linux/x86_64)`.
 *
 * @param calledAs A name of the Go version, which writes `NAME version VERSION`.
 */
export function buildOf(calledAs?: string): string {
  const origin = typeof BUILD_COMMIT === "string" ? `commit ${BUILD_COMMIT}` : "from source";
  const runtime = `deno ${Deno.version.deno}, ${Deno.build.os}/${Deno.build.arch}`;
  const name = calledAs === undefined ? "vm-dhcp" : `${calledAs} version`;
  return `${name} ${VERSION} (${origin}, ${runtime})`;
}
