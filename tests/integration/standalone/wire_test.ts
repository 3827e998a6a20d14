/** What the compiled standalone tells of its VM network: other DHCP servers, unknown machines, lease events. */

import assert from "node:assert/strict";
import type { JsonObject } from "../../../lib/base/json.ts";
import { ippoolSample } from "../../support/apiserver/samples.ts";
import type { KubeApi } from "../../support/apiserver/kube_api.ts";
import { startReferenceServer } from "../../support/dhcp/reference_server.ts";
import { WireClient } from "../../support/dhcp/wire_client.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import { sumOf } from "../../support/metrics/exposition.ts";
import { addVm, VmNetwork } from "../../support/network/vm_network.ts";

const OTHER_SERVER = "192.168.48.66";
const OTHER_MAC = "02:00:00:00:00:02";
const UNKNOWN = "52:54:00:48:09:99";

/** VMs, each with the address that the other server has for it. */
const VMS = [
  {
    name: "a server that answers its client alone",
    mac: "52:54:00:48:09:01",
    theirs: "192.168.48.101",
    args: [],
  },
  {
    name: "a server that answers all",
    mac: "52:54:00:48:09:02",
    theirs: "192.168.48.102",
    args: ["-B"],
  },
] as const;

/** The condition of the pool once it has a reason. */
function networkClear(api: KubeApi, wanted: RegExp): Promise<string> {
  let seen: unknown;
  return waitUntil(async () => {
    const { status } = await api.get("ippools", "ippool-1");
    const { conditions = [] } = (status ?? {}) as { conditions?: JsonObject[] };
    seen = conditions.find(({ type }) => type === "NetworkClear");
    const { status: is, reason, message } = (seen ?? {}) as Record<string, string>;
    const text = `${is} ${reason} ${message}`;
    return wanted.test(text) ? text : undefined;
  }, { what: `${wanted}`, explain: () => JSON.stringify(seen), limitMs: 90_000 });
}

async function eventsIn(
  { server, authorization }: KubeApi,
  client: Deno.HttpClient,
): Promise<readonly JsonObject[]> {
  const url = `${server}/api/v1/namespaces/default/events`;
  const response = await fetch(url, { client, headers: { authorization } });
  return (await response.json()).items;
}

await integrationTest({
  name:
    "standalone tells of a dnsmasq that wins its clients, of machines without an address and of lease events",
  needs: ["namespaces", "executable", "dnsmasq", "udhcpc"],
  run: async () => {
    await using network = await VmNetwork.create();
    const standalone = await network.standalone({ form: "executable", args: ["--log-leases"] });
    using api = await standalone.api();
    using client = Deno.createHttpClient({ caCerts: [api.certificateAuthority] });
    await api.create("ippools", ippoolSample());
    const ours: string[] = [];
    for (const [index, { mac }] of VMS.entries()) ours.push(await addVm(api, `vm-${index}`, mac));
    await using dnsmasq = await startReferenceServer("dnsmasq", {
      site: {
        subnet: "192.168.48.0/24",
        serverIp: OTHER_SERVER,
        bindings: VMS.map(({ mac, theirs }) => [mac, theirs] as const),
      },
    });
    await network.bridge.attach(dnsmasq.interfaceName);
    const { bridge, folder } = network;
    for (const { name, mac, theirs, args } of VMS) {
      await using machine = await WireClient.create("udhcpc", { bridge, mac, folder });
      // It reads what the client says to dnsmasq when that has answered already.
      standalone.signal("SIGSTOP");
      try {
        machine.boot(...args);
        await machine.holds(theirs);
      } finally {
        standalone.signal("SIGCONT");
      }
      const [line] = await waitUntil(() => {
        const lines = standalone.log.entries("lease event")
          .filter((each) => each["mac"] === mac && each["server"] === OTHER_SERVER);
        return lines.length > 0 ? lines : undefined;
      }, { what: `the choice beside ${name}`, explain: () => standalone.log.tail() });
      const { event, address, outcome, interface: where } = line!;
      assert.deepEqual([event, address, outcome, where], [
        "REQUEST",
        theirs,
        "otherServer",
        bridge.name,
      ]);
    }
    await standalone.log.says("a client chose another DHCP server");
    const chosen = standalone.log.entries("a client chose another DHCP server");
    assert.deepEqual(chosen.map(({ level, server, client }) => [level, server, client]), [
      ["warn", OTHER_SERVER, VMS[0].mac],
    ]);
    await networkClear(
      api,
      new RegExp(
        `^False OtherServer another DHCP server, ${OTHER_SERVER} \\(${OTHER_MAC}\\), is on VM network ` +
          "default/net-48, and clients of ippool default/ippool-1 chose it",
      ),
    );
    await waitUntil(async () => {
      const events = await eventsIn(api, client);
      return events.some(({ type, reason }) => type === "Warning" && reason === "OtherServer") ||
        undefined;
    }, { what: "the Event" });
    const metrics = await standalone.get("/metrics");
    assert.ok(sumOf(metrics, "vmdhcpagent_other_server_chosen_total") >= VMS.length);
    assert.ok(sumOf(metrics, "vmdhcpagent_other_server_replies_total") >= 1, "those to all");

    await using stranger = await WireClient.create("udhcpc", { bridge, mac: UNKNOWN, folder });
    stranger.boot();
    const [asking] = await waitUntil(async () => {
      const dump = JSON.parse(await standalone.get("/unknown")) as Record<string, JsonObject[]>;
      const machines = dump["default/ippool-1"] ?? [];
      return machines.length > 0 ? machines : undefined;
    }, { what: "the machine without an address" });
    const { macAddress, lastMessage, interface: where, vendorClass } = asking!;
    assert.deepEqual([macAddress, lastMessage, where], [UNKNOWN, "DISCOVER", bridge.name]);
    assert.match(`${vendorClass}`, /^udhcp /);
    await standalone.log.says("a machine without an address asks");
    const named = standalone.log.entries("a machine without an address asks");
    assert.deepEqual(named.map(({ level, mac }) => [level, mac]), [["info", UNKNOWN]]);

    // A connection that is kept for many requests, and a name that is looked up, had the runtime warn.
    for (let i = 0; i < 30; i++) await eventsIn(api, client);
    assert.equal(standalone.errors(), "", "what is no log line");
    for (const line of standalone.log.lines) assert.ok(JSON.parse(line).ts, line);
  },
});
