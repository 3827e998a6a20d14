/** Which version this is, and from which commit it was built. */

import project from "../../deno.json" with { type: "json" };

/** `./dev compile` puts the commit of the sources in its place; the sources do not declare it. */
declare const BUILD_COMMIT: string | undefined;

/** Version of the project, such as `0.1.0`. */
export const VERSION: string = project.version;

/** What this executable is. */
export interface Build {
  readonly version: string;
  /** Absent where the sources run as they are. */
  readonly commit?: string;
  readonly deno: string;
  /** Such as `linux/x86_64`. */
  readonly platform: string;
}

/** This executable. */
export function thisBuild(): Build {
  return {
    version: VERSION,
    ...(typeof BUILD_COMMIT === "string" ? { commit: BUILD_COMMIT } : {}),
    deno: Deno.version.deno,
    platform: `${Deno.build.os}/${Deno.build.arch}`,
  };
}

/**
 * One line such as `vm-dhcp 0.1.0 (commit 1a2b3c4, deno 2.9.6, linux/x86_64)`.
 *
 * @param calledAs A name of the Go version, which writes `NAME version VERSION`.
 */
export function buildOf(calledAs?: string): string {
  const { version, commit, deno, platform } = thisBuild();
  const origin = commit === undefined ? "from source" : `commit ${commit}`;
  const name = calledAs === undefined ? "vm-dhcp" : `${calledAs} version`;
  return `${name} ${version} (${origin}, deno ${deno}, ${platform})`;
}
