/** VMs keep their addresses in a move from standalone to a cluster (docs/standalone.md). */

import assert from "node:assert/strict";
import { resolve } from "node:path";
import { ControlPlane } from "../../support/cluster/control_plane.ts";
import { openConsole } from "../../support/console/console_shell.ts";
import { readConsoleSteps } from "../../support/console/console_session.ts";
import { ControllerProcess } from "../../support/process/controller_process.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { HERE } from "../../support/network/network_namespace.ts";
import { openKubeApi } from "../../support/apiserver/kube_api.ts";
import { runConsoleSteps } from "../../support/console/run_console_steps.ts";
import { ippoolSample, vmnetcfgSample } from "../../support/apiserver/samples.ts";
import { addVm, allocated, oneNic, recorded, VmNetwork } from "../../support/network/vm_network.ts";

const PATH = "docs/standalone.md";
const DOCUMENT = resolve(import.meta.dirname ?? ".", "../../..", PATH);
/** MAC addresses of the sample VM and of a later one. */
const [MAC, NEW_MAC] = ["fa:cf:8e:50:82:fc", "52:54:00:48:01:02"];
const DEFINITIONS = ["ippools", "virtualmachinenetworkconfigs"]
  .map((plural) => `crd/${plural}.network.harvesterhci.io`);

await integrationTest({
  name: "VMs keep their addresses when their objects move from standalone to a cluster",
  needs: ["namespaces", "executable", "kube"],
  run: async () => {
    await using cleanUp = new AsyncDisposableStack();
    const network = cleanUp.use(await VmNetwork.create());
    const standalone = await network.standalone({ form: "executable" });
    const api = cleanUp.use(await standalone.api());
    await api.create("ippools", ippoolSample());
    // The VM's address differs from the one that a controller without the record would choose.
    await addVm(api, "other", "52:54:00:48:01:01");
    await api.create("virtualmachinenetworkconfigs", vmnetcfgSample());
    const address = await allocated(api, "test-vm");
    await api.delete("virtualmachinenetworkconfigs", "other");
    await recorded(api, [MAC]);

    const { access } = cleanUp.use(await ControlPlane.start());
    const shell = cleanUp.use(await openConsole(HERE, network.folder));
    const places = [
      ["/var/lib/vm-dhcp/kubeconfig", standalone.kubeconfigPath],
      ["$HOME/.kube/config", access.kubeconfig],
    ] as const;
    // The tests' control planes have the definitions already, but the document begins without them.
    await shell.run(`KUBECONFIG=${access.kubeconfig} kubectl delete ${DEFINITIONS.join(" ")}`);
    const steps = readConsoleSteps(await Deno.readTextFile(DOCUMENT), "Move to a cluster");
    await runConsoleSteps(shell, { path: PATH, steps, places });

    cleanUp.use(new ControllerProcess(access.kubeconfig, 0));
    const moved = cleanUp.use(await openKubeApi(access.kubeconfig));
    await moved.create("virtualmachinenetworkconfigs", oneNic("new", NEW_MAC));
    const record = await recorded(moved, [MAC, NEW_MAC]);
    assert.equal(record[MAC], address);
    assert.equal(await allocated(moved, "test-vm"), address);
  },
});
