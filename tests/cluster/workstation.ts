/** A shell on which an administrator of a cluster types what documents and messages say. */

import { ConsoleShell, openConsole } from "../support/console/console_shell.ts";
import type { ControlPlaneAccess } from "../support/cluster/control_plane.ts";
import { HERE } from "../support/network/network_namespace.ts";
import { PROGRAMS } from "../support/process/standalone_process.ts";

/** A shell with kubectl and `vm-dhcp`, and a folder of its own. */
export class Workstation implements AsyncDisposable {
  private constructor(readonly folder: string, private readonly shell: ConsoleShell) {}

  static async open({ kubeconfig }: ControlPlaneAccess): Promise<Workstation> {
    const folder = await Deno.makeTempDir();
    const workstation = new Workstation(folder, await openConsole(HERE, folder));
    await workstation.type(`export KUBECONFIG=${kubeconfig}`);
    await workstation.type(`vm-dhcp() { ${PROGRAMS.source.join(" ")} "$@"; }; set -o pipefail`);
    return workstation;
  }

  /** Runs a command to its end. @returns What it printed. @throws {Error} when it fails. */
  async type(command: string): Promise<string> {
    return await this.shell.succeed(command);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shell[Symbol.asyncDispose]();
    await Deno.remove(this.folder, { recursive: true });
  }
}
