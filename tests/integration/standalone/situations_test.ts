/** Nine things that go wrong in standalone, and where an operator reads why. */

import { kubectlPath } from "../../../tools/kubernetes/programs.ts";
import { Kubectl } from "../../support/console/kubectl.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import { VmNetwork } from "../../support/network/vm_network.ts";
import { type BrokenSite, PLACES } from "../../support/situations/broken_site.ts";
import { goThroughSituations } from "../../support/situations/broken_situations.ts";

await integrationTest({
  name:
    "standalone names the cause of each of nine situations, and the documents' commands answer an operator",
  needs: ["namespaces", "executable", "dnsmasq", "udhcpc"],
  run: async () => {
    await using cleanUp = new AsyncDisposableStack();
    const networks: VmNetwork[] = [];
    for (const _ of PLACES) networks.push(cleanUp.use(await VmNetwork.create()));
    const [network] = networks as [VmNetwork];
    const manifests = `${network.folder}/manifests`;
    await Deno.mkdir(manifests);
    const metadata = { name: "shop" };
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata };
    await Deno.writeTextFile(`${manifests}/good.yaml`, JSON.stringify(namespace));
    const standalone = await network.standalone({
      form: "executable",
      nics: PLACES.map(({ networkName }, i) => `${networkName}=${networks[i]!.bridge.name}`),
      args: ["--manifests", manifests],
    });
    const site: BrokenSite = {
      networks,
      kubectl: new Kubectl(await kubectlPath(), standalone.kubeconfigPath, network.folder),
      logs: [standalone.log],
      // It runs already.
      serve: () => Promise.resolve(),
      signalAgent: (signal) => standalone.signal(signal),
      giveManifest: async (manifest) => {
        const path = `${manifests}/bad.yaml`;
        await Deno.writeTextFile(path, JSON.stringify(manifest));
        standalone.signal("SIGHUP");
        return await waitUntil(
          () => standalone.log.lines.find((line) => line.includes("bad.yaml")),
          { what: "a line about the manifest", explain: () => standalone.log.tail() },
        );
      },
    };
    await goThroughSituations(site);
  },
});
