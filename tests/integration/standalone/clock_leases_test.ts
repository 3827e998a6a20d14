/** Addresses from a host whose clock is wrong at its start. */

import assert from "node:assert/strict";
import { DhcpClient } from "../../support/dhcp/dhcp_client.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { ippoolSample } from "../../support/apiserver/samples.ts";
import { HERE } from "../../support/network/network_namespace.ts";
import { StandaloneProcess } from "../../support/process/standalone_process.ts";
import { addVm, VmNetwork } from "../../support/network/vm_network.ts";

const MAC = "52:54:00:48:0a:01";
/** As libfaketime takes them: an offset, and dates from which the clock goes on. */
const DATES = ["-60d", "@1970-01-02 00:00:00", "@2100-01-01 00:00:00"];

/** Without its wrapper, which would stand between a test and its process. */
function at(date: string) {
  const enter = [
    "env",
    "LD_PRELOAD=/usr/$LIB/faketime/libfaketime.so.1",
    // The time since the host has started, which timers go by, stays what it is.
    "FAKETIME_DONT_FAKE_MONOTONIC=1",
    `FAKETIME=${date}`,
  ];
  return { place: { ...HERE, enter } };
}

for (const date of DATES) {
  await integrationTest({
    name: `standalone answers, and its API works, when it is started again at ${date}`,
    needs: ["namespaces", "udhcpc", "faketime"],
    run: async () => {
      await using network = await VmNetwork.create();
      const first = await network.standalone();
      using api = await first.api();
      await api.create("ippools", ippoolSample());
      const address = await addVm(api, "vm", MAC);
      first.signal("SIGTERM");
      await first.ended();
      const second = await network.standalone(at(date));
      const nic = await network.plugIn(MAC);
      await using client = await DhcpClient.start("udhcpc", nic, network.folder);
      assert.equal(await client.bound(), address);
      using apiAgain = await second.api();
      await addVm(apiAgain, "vm-2", "52:54:00:48:0a:02");
      assert.doesNotMatch(second.errors(), /error/i);
    },
  });

  await integrationTest({
    name: `standalone works when its first start is at ${date}`,
    needs: ["namespaces", "faketime"],
    run: async () => {
      await using network = await VmNetwork.create();
      await using standalone = await StandaloneProcess.start({ ...network.options(), ...at(date) });
      using api = await standalone.api();
      await api.create("ippools", ippoolSample());
      await addVm(api, "vm", MAC);
    },
  });
}
