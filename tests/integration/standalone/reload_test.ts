import assert from "node:assert/strict";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { ippoolSample } from "../../support/apiserver/samples.ts";
import { VmNetwork } from "../../support/network/vm_network.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";

await integrationTest({
  name:
    "standalone applies edited manifests on SIGHUP, and keeps the old state when one is invalid",
  needs: ["namespaces"],
  run: async () => {
    await using network = await VmNetwork.create();
    const file = `${network.folder}/ippool.json`;
    await Deno.writeTextFile(file, JSON.stringify(ippoolSample()));
    const standalone = await network.standalone({ args: ["--manifests", file] });
    using api = await standalone.api();

    const dns = async () => {
      const { spec } = await api.get("ippools", "ippool-1");
      return (spec as { ipv4Config: { dns: string[] } }).ipv4Config.dns.join();
    };
    const edit = async (ipv4Config: { dns: string[] }) => {
      await Deno.writeTextFile(file, JSON.stringify(ippoolSample({ ipv4Config }), null, 2));
      standalone.signal("SIGHUP");
    };

    await edit({ dns: ["not an address"] });
    await waitUntil(() => standalone.errors().includes("spec.ipv4Config.dns") || undefined, {
      what: "a complaint about the manifest",
      explain: () => standalone.log.tail(),
    });
    assert.match(standalone.errors(), /\/ippool\.json:\d+: spec\.ipv4Config\.dns\S*: /);
    assert.equal(await dns(), "1.1.1.1");

    // Whoever asks again is told again, though nothing has changed.
    const complaints = () => standalone.errors().split("manifests are wrong").length - 1;
    assert.equal(complaints(), 1);
    standalone.signal("SIGHUP");
    await waitUntil(() => complaints() === 2 || undefined, {
      what: "the complaint again",
      explain: () => standalone.log.tail(),
    });

    await edit({ dns: ["9.9.9.9"] });
    await waitUntil(async () => await dns() === "9.9.9.9" || undefined, {
      what: "the edited manifest to be applied",
      explain: () => standalone.log.tail(),
    });
  },
});
