/** The command of docs/upgrade.md that makes objects fit for the Go version. */

import assert from "node:assert/strict";
import { dirname } from "node:path";
import { writeKubeconfig } from "../../../cmd/compose/standalone/data_folder.ts";
import { VIRTUAL_MACHINE_NETWORK_CONFIGS } from "../../../lib/api/resources.ts";
import { ControllerWorld } from "../../support/controller/controller_world.ts";
import { vmnetcfgSample } from "../../support/apiserver/samples.ts";
import { readCrd } from "../../support/apiserver/crds.ts";
import { startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";
import { kubectlPath } from "../../../tools/kubernetes/programs.ts";

const DOCUMENT = new URL("../../../docs/upgrade.md", import.meta.url);

Deno.test("the command of docs/upgrade.md moves networkConfig to networkConfigs, and nothing else", async () => {
  const script = /```bash\n([^]*?)```/.exec(await Deno.readTextFile(DOCUMENT))![1]!;
  const crds = [readCrd("ippool"), readCrd("virtualmachinenetworkconfig")];
  await using api = await startEmbeddedApi({ crds });
  await using world = new ControllerWorld(api.server.handle, "default");
  const kubeconfig = `${api.folder}/kubeconfig`;
  await writeKubeconfig({ path: kubeconfig, url: api.server.url, credentials: api.credentials });
  const nics = [{ macAddress: "fa:cf:8e:50:82:fc", networkName: "default/net-48", hostname: "a" }];
  const old = (name: string) =>
    vmnetcfgSample({
      metadata: { name },
      spec: { networkConfigs: undefined, networkConfig: nics },
    });
  for (const object of [old("vm-1"), old("vm-2"), vmnetcfgSample()]) {
    await world.create(VIRTUAL_MACHINE_NETWORK_CONFIGS, JSON.parse(JSON.stringify(object)));
  }
  const before = await world.get(VIRTUAL_MACHINE_NETWORK_CONFIGS, "test-vm");
  const { code, stderr } = await new Deno.Command("bash", {
    args: ["-c", script],
    stdin: "null",
    env: {
      KUBECONFIG: kubeconfig,
      HOME: api.folder,
      PATH: `${dirname(await kubectlPath())}:${Deno.env.get("PATH")}`,
    },
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  for (const name of ["vm-1", "vm-2"]) {
    const { spec } = await world.get(VIRTUAL_MACHINE_NETWORK_CONFIGS, name);
    assert.deepEqual(spec, { vmName: "test-vm", networkConfigs: nics });
  }
  assert.deepEqual(await world.get(VIRTUAL_MACHINE_NETWORK_CONFIGS, "test-vm"), before);
});
