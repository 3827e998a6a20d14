/** Addresses from a host whose clock is wrong at its start. */

import assert from "node:assert/strict";
import { ShiftedClock } from "../../support/clocks/shifted_clock.ts";
import { DhcpClient } from "../../support/dhcp/dhcp_client.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { ippoolSample } from "../../support/apiserver/samples.ts";
import type { NetworkPlace } from "../../support/network/network_namespace.ts";
import { addVm, VmNetwork } from "../../support/network/vm_network.ts";

const MAC = "52:54:00:48:0a:01";
const DAY_MS = 86_400_000;
const DATES: Readonly<Record<string, Date>> = {
  "60 days ago": new Date(Date.now() - 60 * DAY_MS),
  "in 1970": new Date("1970-01-02"),
  "in 2100": new Date("2100-01-01"),
};

/** Where the clock says the date, and goes on from it. */
async function placeAt(date: Date, folder: string): Promise<NetworkPlace> {
  const clock = await ShiftedClock.create(folder);
  await clock.jumpTo(Math.round((date.getTime() - Date.now()) / 1000));
  return clock.place;
}

for (const [when, date] of Object.entries(DATES)) {
  await integrationTest({
    name: `standalone answers, and its API works, when it is started again ${when}`,
    needs: ["namespaces", "udhcpc", "gcc"],
    run: async () => {
      await using network = await VmNetwork.create();
      const first = await network.standalone();
      using api = await first.api();
      await api.create("ippools", ippoolSample());
      const address = await addVm(api, "vm", MAC);
      first.signal("SIGTERM");
      await first.ended();
      const second = await network.standalone({ place: await placeAt(date, network.folder) });
      const nic = await network.plugIn(MAC);
      await using client = await DhcpClient.start("udhcpc", nic, network.folder);
      assert.equal(await client.bound(), address);
      using apiAgain = await second.api();
      await addVm(apiAgain, "vm-2", "52:54:00:48:0a:02");
      assert.doesNotMatch(second.errors(), /error/i);
    },
  });

  await integrationTest({
    name: `standalone works when its first start is ${when}`,
    needs: ["namespaces", "gcc"],
    run: async () => {
      await using network = await VmNetwork.create();
      const standalone = await network.standalone({ place: await placeAt(date, network.folder) });
      using api = await standalone.api();
      await api.create("ippools", ippoolSample());
      await addVm(api, "vm", MAC);
    },
  });
}
