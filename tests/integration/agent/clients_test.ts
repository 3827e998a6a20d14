import assert from "node:assert/strict";
import { CLIENT_NAMES, type ClientName, DhcpClient } from "../../support/dhcp/dhcp_client.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { ippoolSample } from "../../support/apiserver/samples.ts";
import type { ProgramForm } from "../../support/process/standalone_process.ts";
import { addVm, VmNetwork } from "../../support/network/vm_network.ts";

/** So short that clients renew soon, which they do after half of it. */
const LEASE_SECONDS = 12;

const MACS: Readonly<Record<ClientName, string>> = {
  udhcpc: "52:54:00:48:00:01",
  dhclient: "52:54:00:48:00:02",
  dhcpcd: "52:54:00:48:00:03",
};

const FORMS: readonly ProgramForm[] = ["source", "executable"];

for (const form of FORMS) {
  await integrationTest({
    name: `${CLIENT_NAMES.join(", ")} get their leases, renew and see edited DNS, from ${form}`,
    needs: ["namespaces", ...CLIENT_NAMES, ...(form === "executable" ? [form] as const : [])],
    run: async () => {
      await using cleanUp = new AsyncDisposableStack();
      const network = cleanUp.use(await VmNetwork.create());
      const standalone = await network.standalone({ form });
      const api = cleanUp.use(await standalone.api());
      const ipv4Config = { leaseTime: LEASE_SECONDS, ntp: [] };
      await api.create("ippools", ippoolSample({ ipv4Config }));

      const machines = await Promise.all(CLIENT_NAMES.map(async (name) => {
        const nic = await network.plugIn(MACS[name]);
        const address = await addVm(api, name, nic.mac);
        const client = cleanUp.use(await DhcpClient.start(name, nic, network.folder));
        const lease = await client.waitFor(`${name}'s lease`, ({ kind }) => kind === "bound");
        assert.deepEqual(lease, { kind: "bound", address, dns: ["1.1.1.1"] }, name);
        return { name, nic, client, address };
      }));

      await api.patch("ippools", "ippool-1", { spec: { ipv4Config: { dns: ["9.9.9.9"] } } });
      await Promise.all(machines.map(async ({ name, nic, client, address }) => {
        const renewal = await client.waitFor(
          `${name}'s renewal with the new DNS`,
          ({ kind, dns }) => kind === "renewed" && dns.includes("9.9.9.9"),
          LEASE_SECONDS * 2_000,
        );
        assert.equal(renewal.address, address, name);
        await standalone.log.says(
          "packet",
          ({ mac, type, state }) => mac === nic.mac && type === "REQUEST" && state === "renewing",
        );
      }));
    },
  });
}
