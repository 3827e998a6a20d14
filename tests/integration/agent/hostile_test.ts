import assert from "node:assert/strict";
import { DhcpClient } from "../../support/dhcp/dhcp_client.ts";
import { sumOf } from "../../support/metrics/exposition.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import { runIn } from "../../support/network/network_namespace.ts";
import { ippoolSample } from "../../support/apiserver/samples.ts";
import { addVm, VmNetwork } from "../../support/network/vm_network.ts";

const MAC = "52:54:00:48:05:01";

/** Fixed bytes that look random (a linear congruential generator), so that a failure repeats. */
function noise(length: number, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

/** A DISCOVER of the client that asks later, up to the magic cookie and one option (RFC 2131). */
function discover(): Uint8Array {
  const bytes = new Uint8Array(300);
  bytes.set([1, 1, 6, 0, 0xde, 0xad, 0xbe, 0xef]);
  bytes.set(MAC.split(":").map((octet) => parseInt(octet, 16)), 28);
  bytes.set([0x63, 0x82, 0x53, 0x63, 53, 1, 1, 255], 236);
  return bytes;
}

await integrationTest({
  name: "a client gets its lease after garbage and truncated packets from its network",
  needs: ["namespaces", "udhcpc"],
  run: async () => {
    await using network = await VmNetwork.create();
    const standalone = await network.standalone();
    using api = await standalone.api();
    await api.create("ippools", ippoolSample());
    const address = await addVm(api, "vm", MAC);

    const nic = await network.plugIn(MAC);
    // The bridge takes the address of its first port, so the agent opens it again, and what comes
    // in between is lost.
    await waitUntil(() => standalone.log.entries("interface changed")[0], {
      what: "the agent at the bridge with its new address",
    });
    const payloads = [
      ...Array.from({ length: 301 }, (_, length) => discover().subarray(0, length)),
      ...Array.from({ length: 200 }, (_, seed) => noise(1 + seed * 7, seed)),
    ];
    const hex = payloads.map((bytes) => bytes.toHex()).join("\n");
    await Deno.writeTextFile(`${network.folder}/payloads`, hex);
    await runIn(nic.place, "ip", "address", "add", "192.168.48.200/24", "dev", nic.interfaceName);
    const sender = new URL("./send_payloads.ts", import.meta.url).pathname;
    const deno = [Deno.execPath(), "run", "--allow-all", sender];
    await runIn(nic.place, ...deno, `${network.folder}/payloads`, "192.168.48.255:67");
    await runIn(nic.place, "ip", "address", "flush", "dev", nic.interfaceName);

    await using client = await DhcpClient.start("udhcpc", nic, network.folder);
    assert.equal(await client.bound(), address);
    const metrics = await standalone.get("/metrics");
    const seen = sumOf(metrics, "vmdhcpagent_packets_total");
    assert.ok(seen > payloads.length, `${seen} of ${payloads.length} packets were seen`);
    assert.equal(sumOf(metrics, "vmdhcpagent_internal_errors_total"), 0);
  },
});
