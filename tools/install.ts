/** Installs the programs that the tests use, where a known package manager can. */

import { findProgram, isExecutable, type ToolName, TOOLS } from "./programs.ts";
import { IN_CI, say } from "./steps.ts";

/** Installs those of these programs that are missing, or says what to install. */
export async function installTools(programs: readonly ToolName[]): Promise<void> {
  const packages = new Set<string>();
  for (const program of programs) {
    if (await findProgram(program) !== undefined) continue;
    for (const name of TOOLS[program].debianPackage.split(" ")) packages.add(name);
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

/** The policy that Debian's packages ask before they start a service (policy-rc.d of invoke-rc.d). */
const SERVICE_POLICY = "/usr/sbin/policy-rc.d";

/** Installs packages without starting their services, among which are DHCP servers. */
async function install(packages: Iterable<string>): Promise<boolean> {
  const isOurs = !await isExecutable(SERVICE_POLICY);
  if (isOurs) await Deno.writeTextFile(SERVICE_POLICY, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    return await aptGet("install", "--yes", "--no-install-recommends", ...packages);
  } finally {
    if (isOurs) await Deno.remove(SERVICE_POLICY);
  }
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
