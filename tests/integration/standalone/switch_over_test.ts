/** A client of dnsmasq comes over with its lease, as docs/from-dnsmasq-and-kea.md says. */

import assert from "node:assert/strict";
import { ippoolSample, vmnetcfgSample } from "../../support/apiserver/samples.ts";
import { DhcpClient } from "../../support/dhcp/dhcp_client.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import { commandIn, HERE, runIn } from "../../support/network/network_namespace.ts";
import { allocated, VmNetwork } from "../../support/network/vm_network.ts";

/** The address of dnsmasq, and `serverIP` of the pool. */
const SERVER = "192.168.48.77";

const MAC = "52:54:00:48:00:77";

await integrationTest({
  name: "a client of dnsmasq renews its lease with standalone in its place",
  needs: ["namespaces", "dnsmasq", "udhcpc"],
  run: async () => {
    await using cleanUp = new AsyncDisposableStack();
    const network = cleanUp.use(await VmNetwork.create());
    const { bridge, folder } = network;
    await runIn(HERE, "ip", "address", "add", `${SERVER}/24`, "dev", bridge.name);
    const leases = `${folder}/leases`;
    const dnsmasq = commandIn(HERE, [
      ...["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--user=root"],
      ...["--bind-interfaces", `--interface=${bridge.name}`, `--dhcp-leasefile=${leases}`],
      ...["--no-ping", "--dhcp-range=192.168.48.100,192.168.48.199,255.255.255.0,12h"],
    ], { stdout: "null", stderr: "null" }).spawn();
    let isRunning = true;
    const ended = dnsmasq.status.then(() => void (isRunning = false));
    cleanUp.defer(() => {
      if (isRunning) dnsmasq.kill("SIGKILL");
      return ended;
    });
    const nic = await network.plugIn(MAC);
    const client = cleanUp.use(await DhcpClient.start("udhcpc", nic, folder));
    const ipAddress = await client.bound();
    await waitUntil(async () => {
      const lease = `${MAC} ${ipAddress} `;
      return (await Deno.readTextFile(leases)).includes(lease) || undefined;
    }, { what: "the lease in the file of dnsmasq" });
    dnsmasq.kill("SIGTERM");
    await ended;

    const standalone = await network.standalone();
    const api = cleanUp.use(await standalone.api());
    await api.create("ippools", ippoolSample({ ipv4Config: { ntp: [] } }));
    const networkConfigs = [{ macAddress: MAC, networkName: "default/net-48", ipAddress }];
    const machine = vmnetcfgSample({ metadata: { name: "machine" }, spec: { networkConfigs } });
    await api.create("virtualmachinenetworkconfigs", machine);
    assert.equal(await allocated(api, "machine"), ipAddress);
    client.signal("SIGUSR1");
    const renewal = await client.waitFor("its renewal", ({ kind }) => kind === "renewed");
    assert.equal(renewal.address, ipAddress);
  },
});
