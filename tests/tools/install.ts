/** Installs the programs that the tests use, where a known package manager can. */

import { findProgram, type ToolName, TOOLS } from "../support/tools.ts";
import { IN_CI, say } from "./steps.ts";

/** Installs what is missing of these programs, or says what to install. */
export async function installTools(programs: readonly ToolName[]): Promise<void> {
  const packages = new Set<string>();
  for (const program of programs) {
    if (await findProgram(program) === undefined) packages.add(TOOLS[program].debianPackage);
  }
  if (packages.size === 0) return;
  const names = [...packages].join(" ");
  if (Deno.uid() !== 0 || await findProgram("apt-get") === undefined) {
    say(`some tests need programs that are missing; Debian's packages of them are: ${names}`);
    return;
  }
  say(`installing ${names}`);
  // The package lists of a fresh machine are empty; those of an older one are usually good enough.
  if (await install(packages)) return;
  await aptGet("update");
  if (!await install(packages)) say(`could not install ${names}${IN_CI ? "" : "; tests skip"}`);
}

function install(packages: Iterable<string>): Promise<boolean> {
  return aptGet("install", "--yes", "--no-install-recommends", ...packages);
}

async function aptGet(...args: string[]): Promise<boolean> {
  const { success, stderr } = await new Deno.Command("apt-get", {
    args: ["--quiet=2", ...args],
    env: { DEBIAN_FRONTEND: "noninteractive" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) console.error(new TextDecoder().decode(stderr));
  return success;
}
