import assert from "node:assert/strict";
import { DhcpClient } from "../../support/dhcp/dhcp_client.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { ippoolSample } from "../../support/apiserver/samples.ts";
import { type ProgramForm, StandaloneProcess } from "../../support/process/standalone_process.ts";
import { addVm, oneNic, recorded, VmNetwork } from "../../support/network/vm_network.ts";

const MACS = ["52:54:00:48:01:01", "52:54:00:48:01:02", "52:54:00:48:01:03"];

const FORMS: readonly ProgramForm[] = ["source", "executable"];

for (const form of FORMS) {
  await integrationTest({
    name: `standalone keeps all addresses when it is killed and started again, from ${form}`,
    needs: ["namespaces", "udhcpc", ...(form === "executable" ? [form] as const : [])],
    run: async () => {
      await using network = await VmNetwork.create();
      const first = await network.standalone({ form });
      using api = await first.api();
      await api.create("ippools", ippoolSample());
      for (const [index, mac] of MACS.entries()) {
        await api.create("virtualmachinenetworkconfigs", oneNic(`vm-${index}`, mac));
      }
      const before = await recorded(api, MACS);
      const nic = await network.plugIn(MACS[0] ?? "");
      await using client = await DhcpClient.start("udhcpc", nic, network.folder);
      const address = await client.bound();
      assert.equal(address, before[nic.mac]);

      first.signal("SIGKILL");
      await first.ended();
      const second = await network.standalone({ form });
      using apiAgain = await second.api();
      assert.deepEqual(await recorded(apiAgain, MACS), before);
      client.signal("SIGUSR1");
      const renewal = await client.waitFor("a renewal", ({ kind }) => kind === "renewed");
      assert.equal(renewal.address, address);
    },
  });
}

await integrationTest({
  name: "standalone ends with 0 on SIGTERM in the middle of traffic",
  needs: ["namespaces", "udhcpc"],
  run: async () => {
    await using cleanUp = new AsyncDisposableStack();
    const network = cleanUp.use(await VmNetwork.create());
    const standalone = await network.standalone();
    const api = cleanUp.use(await standalone.api());
    await api.create("ippools", ippoolSample());
    for (const [index, mac] of MACS.entries()) {
      await addVm(api, `vm-${index}`, mac);
      const nic = await network.plugIn(mac);
      const client = cleanUp.use(await DhcpClient.start("udhcpc", nic, network.folder));
      await client.bound();
      client.signal("SIGUSR1");
    }
    standalone.signal("SIGTERM");
    const { code, signal } = await standalone.ended(5_000);
    assert.deepEqual({ code, signal }, { code: 0, signal: null }, standalone.log.tail());
  },
});

await integrationTest({
  name: "standalone gives no address away that was recorded in a log that somebody emptied",
  needs: ["namespaces"],
  run: async () => {
    await using network = await VmNetwork.create();
    const first = await network.standalone();
    using api = await first.api();
    await api.create("ippools", ippoolSample());
    for (const [index, mac] of MACS.entries()) await addVm(api, `vm-${index}`, mac);
    first.signal("SIGKILL");
    await first.ended();
    const { dataDir } = network.options();
    await Deno.truncate(`${dataDir}/state.db-wal`);
    await using refused = new StandaloneProcess(network.options());
    assert.equal((await refused.ended()).code, 1);
    assert.match(
      refused.errors(),
      /^vm-dhcp standalone: .*state\.db ends at version \d+, and version \d+ was stored: .*\n$/,
    );
    // What the message offers to somebody who has no newer files.
    await Deno.remove(`${dataDir}/state.db-revision`);
    const second = await network.standalone();
    using apiAgain = await second.api();
    await assert.rejects(apiAgain.get("ippools", "ippool-1"), / 404 /);
  },
});
