/** The compiled agent with the rights that its container has in Kubernetes, and no more. */

import assert from "node:assert/strict";
import { AgentContainer } from "../../support/process/agent_container.ts";
import { SERVER_IP } from "../../support/dhcp/dhcp_packets.ts";
import { VirtualNic } from "../../support/dhcp/dhcp_client.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { LEASE_SECONDS, LIFE_BINDINGS, liveThrough } from "../../support/dhcp/lease_life.ts";
import { runIn } from "../../support/network/network_namespace.ts";
import { PoolApi } from "../../support/apiserver/pool_api.ts";
import { WIRE_CLIENT_GROUPS } from "../../support/dhcp/wire_client_programs.ts";
import { dissect, WireCapture } from "../../support/dhcp/wire_capture.ts";
import { BRIDGE_MAC, WireNetwork } from "../../support/dhcp/wire_network.ts";

function startPoolApi(): Promise<PoolApi> {
  return PoolApi.start({
    name: "pool",
    ipv4Config: {
      serverIP: SERVER_IP,
      cidr: "192.0.2.0/24",
      pool: { start: "192.0.2.10", end: "192.0.2.99" },
      router: "192.0.2.1",
      dns: ["192.0.2.53"],
      leaseTime: LEASE_SECONDS,
    },
    bindings: Object.values(LIFE_BINDINGS),
  });
}

function startAgent({ bridge }: WireNetwork, api: PoolApi): Promise<AgentContainer> {
  return AgentContainer.start({ interfaceName: bridge.name, api, args: ["--debug"] });
}

/** Lines of `/proc/PID/status` by name (proc_pid_status(5)). */
async function statusOf(pid: number): Promise<ReadonlyMap<string, string>> {
  const text = await Deno.readTextFile(`/proc/${pid}/status`);
  return new Map(
    text.trim().split("\n").map((line) => {
      const [name = "", value = ""] = line.split(":");
      return [name, value.trim()] as const;
    }),
  );
}

/** The bit of CAP_NET_RAW (capabilities(7)). */
const NET_RAW_ALONE = "0000000000002000";

const NEEDS = ["namespaces", "real root", "executable", "crun"] as const;

await integrationTest({
  name: "an agent with CAP_NET_RAW alone answers ARP and ping to its server's address",
  needs: [...NEEDS, "ping"],
  run: async () => {
    await using api = await startPoolApi();
    await using network = await WireNetwork.create();
    const agent = network.use(await startAgent(network, api));

    const status = await statusOf(await agent.pid());
    for (const set of ["CapPrm", "CapEff", "CapBnd"]) {
      assert.equal(status.get(set), NET_RAW_ALONE, set);
    }
    assert.equal(status.get("NoNewPrivs"), "1");
    assert.equal(status.get("Seccomp"), "2", "a filter is in force");

    const { place, interfaceName } = network.use(
      await VirtualNic.create(network.bridge, "52:54:00:48:10:05"),
    );
    await runIn(place, "ip", "address", "add", "192.0.2.99/24", "dev", interfaceName);
    const answers = await runIn(place, "ping", "-n", "-c", "3", "-i", "0.2", "-w", "5", SERVER_IP);
    assert.match(answers, /3 packets transmitted, 3 received/);
    const neighbours = await runIn(place, "ip", "neighbour", "show", SERVER_IP);
    assert.match(neighbours, new RegExp(`lladdr ${BRIDGE_MAC}`));
  },
});

for (const { names, needs } of WIRE_CLIENT_GROUPS) {
  await integrationTest({
    name: `an agent with CAP_NET_RAW alone serves ${names.join(", ")} through the life of a lease`,
    needs: [...NEEDS, "tshark", ...names, ...needs],
    run: async () => {
      await using api = await startPoolApi();
      await using network = await WireNetwork.create();
      const agent = network.use(await startAgent(network, api));
      const file = `${network.folder}/capture`;
      const capture = await WireCapture.start(network.bridge.name, { file, filter: "udp" });
      const clients = await Promise.all(
        names.map((name) => network.machine(name, LIFE_BINDINGS[name][0])),
      );
      const server = { story: agent, address: SERVER_IP, mac: BRIDGE_MAC };
      await Promise.all(clients.map((client) => liveThrough(client, server)));
      await capture.stop();

      const replies = (await dissect(file))
        .filter(({ ethernetSource }) => ethernetSource === BRIDGE_MAC);
      // An OFFER, and an ACK for each boot, reboot, renewal and rebinding.
      assert.ok(replies.length >= 5 * names.length, `${replies.length} replies were captured`);
      assert.deepEqual(replies.flatMap(({ complaints }) => complaints), []);
    },
  });
}
