/** What the agents of one pool report of their network: of each other nothing, of other hosts all of it. */

import assert from "node:assert/strict";
import { fetchReport } from "../../../cmd/compose/reports/report_request.ts";
import { encodeArpFrame } from "../../../lib/net/arp.ts";
import { BROADCAST_MAC, type MacAddress } from "../../../lib/net/mac_address.ts";
import { type AgentReport, parseAgentReport } from "../../../lib/reconcile/agent_report.ts";
import { type CertificateAndKey } from "../../../lib/tls/certificate.ts";
import { decline, requested } from "../../conformance/network.ts";
import { PoolApi, SERVICE_ACCOUNT_FOLDER } from "../../support/apiserver/pool_api.ts";
import { clientFrame, ip, mac, octets, SERVER_IP } from "../../support/dhcp/dhcp_packets.ts";
import { startReferenceServer } from "../../support/dhcp/reference_server.ts";
import { WIRE_CLIENTS, type WireClientName } from "../../support/dhcp/wire_client_programs.ts";
import { WireNetwork } from "../../support/dhcp/wire_network.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import { reportCertificate } from "../../support/http/report_client.ts";
import { sumOf } from "../../support/metrics/exposition.ts";
import { createVethPair } from "../../support/network/network_namespace.ts";
import { RawLink } from "../../support/network/raw_link.ts";
import { AgentContainer } from "../../support/process/agent_container.ts";

const TOKEN = "0123456789abcdef-token";
const NAMES = Object.keys(WIRE_CLIENTS) as WireClientName[];
const NEEDS = ["namespaces", "real root", "executable", "crun"] as const;
const POOLS = "/apis/network.harvesterhci.io/v1alpha1/namespaces/default/ippools/pool";
const LEASE_SECONDS = 8;
const OTHER_SERVER = "192.0.2.66";
const INTRUDER = mac("06:00:00:00:66:66");

const MACHINES = NAMES.map((name, i) => ({
  name,
  mac: `52:54:00:48:77:0${i}`,
  address: `192.0.2.1${i}`,
}));

/** The API with the pool, and credentials where its agents find them. */
async function startApi(network: WireNetwork): Promise<[PoolApi, CertificateAndKey]> {
  const api = network.use(
    await PoolApi.start({
      name: "pool",
      ipv4Config: {
        serverIP: SERVER_IP,
        cidr: "192.0.2.0/24",
        pool: { start: "192.0.2.10", end: "192.0.2.60" },
        router: "192.0.2.1",
        leaseTime: LEASE_SECONDS,
      },
      bindings: MACHINES.map(({ mac, address }) => [mac, address] as const),
    }),
  );
  const credentials = await reportCertificate();
  const folder = `${api.serviceAccount}/report`;
  await Deno.mkdir(folder);
  await Deno.writeTextFile(`${folder}/tls.crt`, credentials.cert);
  await Deno.writeTextFile(`${folder}/tls.key`, credentials.key);
  await Deno.writeTextFile(`${folder}/token`, TOKEN);
  return [api, credentials];
}

/** Starts an agent with a port of its own on the bridge. */
async function startAgent(
  network: WireNetwork,
  api: PoolApi,
  interfaceName: string,
): Promise<AgentContainer> {
  const folder = `${SERVICE_ACCOUNT_FOLDER}/report`;
  const report = ["--report", "127.0.0.1:0", "--report-credentials", folder];
  return network.use(
    await AgentContainer.start({ interfaceName, api, args: ["--debug", ...report] }),
  );
}

/** A cable from the bridge. @returns The name of its other end. */
async function plug(network: WireNetwork): Promise<string> {
  const cable = network.use(await createVethPair());
  await network.bridge.attach(cable.name);
  return cable.peerName;
}

async function reportOf(agent: AgentContainer, { cert }: CertificateAndKey): Promise<AgentReport> {
  const served = await waitUntil(() => agent.log.entries("report is served")[0], {
    what: "the port of the report",
    explain: () => agent.log.tail(),
  });
  const port = Number(new URL(`${served["report"]}`).port);
  // As the controller does.
  const request = { ip: "127.0.0.1", port, credentials: { certificates: [cert], token: TOKEN } };
  const body = await fetchReport({ ...request, lastSeen: "all" }, AbortSignal.timeout(30_000));
  const parsed = parseAgentReport(body);
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.reason);
  return parsed.report;
}

function acksOf({ log }: AgentContainer, machineMac: string): number {
  return log.entries("packet")
    .filter(({ mac, outcome }) => mac === machineMac && outcome === "ack").length;
}

await integrationTest({
  name:
    "two agents of one pool report nothing of each other, through edits and a restart, beside " +
    "clients of all kinds",
  needs: [...NEEDS, ...NAMES],
  run: async () => {
    await using network = await WireNetwork.create();
    const [api, credentials] = await startApi(network);
    const [first, second] = [await plug(network), await plug(network)];
    const agents = [
      await startAgent(network, api, first),
      await startAgent(network, api, second),
    ];
    const machines = await Promise.all(
      MACHINES.map(async (machine) => ({
        ...machine,
        client: await network.machine(machine.name, machine.mac),
      })),
    );
    // One that wants its replies broadcast, so that each agent sees those of the other.
    for (const { name, client } of machines) client.boot(...(name === "udhcpc" ? ["-B"] : []));
    await Promise.all(machines.map(({ client, address }) => client.holds(address)));

    // Both know the edit a moment apart, and a refused client starts over.
    await api.api.mergePatch(POOLS, { spec: { ipv4Config: { dns: ["192.0.2.53"] } } });
    const moved = { ...machines[0]!, address: "192.0.2.40" };
    await api.api.mergePatch(`${POOLS}/status`, {
      status: { ipv4: { allocated: { [machines[0]!.address]: null, [moved.address]: moved.mac } } },
    });
    await moved.client.holds(moved.address);

    Deno.kill(await agents[1]!.pid(), "SIGKILL");
    agents[1] = await startAgent(network, api, second);
    const before = machines.map(({ mac }) => agents.map((agent) => acksOf(agent, mac)));
    await waitUntil(
      () =>
        machines.every(({ mac }, i) =>
          agents.reduce((sum, agent, at) => sum + acksOf(agent, mac) - before[i]![at]!, 0) >= 3
        ) || undefined,
      { what: "renewals of all", limitMs: 12 * LEASE_SECONDS * 1000 },
    );

    for (const agent of agents) {
      const report = await reportOf(agent, credentials);
      const { impostors, otherServers, serverAddressClaims, addressConflicts } = report;
      assert.deepEqual({ impostors, otherServers, serverAddressClaims, addressConflicts }, {
        impostors: [],
        otherServers: [],
        serverAddressClaims: [],
        addressConflicts: [],
      });
      assert.equal(report.unknownClients.packets, 0);
      const metrics = await agent.get("/metrics");
      assert.equal(sumOf(metrics, "vmdhcpagent_internal_errors_total"), 0);
    }
    const metrics = await agents[0]!.get("/metrics");
    for (const name of ["server_address_claims_total", "own_identifier_replies_total"]) {
      assert.ok(sumOf(metrics, `vmdhcpagent_${name}`) > 0, `${name}: they saw each other`);
    }
    const seen = await Promise.all(agents.map((agent) => reportOf(agent, credentials)));
    const macs = new Set(seen.flatMap(({ lastSeen = [] }) => lastSeen.map(({ mac }) => mac)));
    assert.deepEqual([...macs].sort(), MACHINES.map(({ mac }) => mac));
    const names = seen.map(({ macAddress }) => macAddress);
    assert.ok(names[0] !== undefined && names[0] !== names[1], `${names}`);
  },
});

await integrationTest({
  name: "an agent reports a dnsmasq that wins its client, a conflict, a forger and an intruder",
  needs: [...NEEDS, "dnsmasq", "udhcpc"],
  run: async () => {
    await using network = await WireNetwork.create();
    const [api, credentials] = await startApi(network);
    const agent = await startAgent(network, api, await plug(network));
    const [{ mac: victim, address }] = MACHINES as [typeof MACHINES[0]];
    const dnsmasq = network.use(
      await startReferenceServer("dnsmasq", {
        site: {
          subnet: "192.0.2.0/24",
          serverIp: OTHER_SERVER,
          bindings: [[victim, "192.0.2.50"]],
        },
      }),
    );
    await network.bridge.attach(dnsmasq.interfaceName);

    // The agent reads what the client says to dnsmasq when that has answered already.
    const client = await network.machine("udhcpc", victim);
    const pid = await agent.pid();
    Deno.kill(pid, "SIGSTOP");
    try {
      client.boot("-B");
      await client.holds("192.0.2.50");
    } finally {
      Deno.kill(pid, "SIGCONT");
    }
    const won = await waitUntil(async () => {
      const { otherServers } = await reportOf(agent, credentials);
      return otherServers.find((server) => server.won > 0 && server.seen > 0);
    }, { what: "the server that won", explain: () => agent.log.tail() });
    assert.deepEqual([won.serverIdentifier, won.mac], [OTHER_SERVER, "02:00:00:00:00:02"]);

    using link = new RawLink(await plug(network));
    const own = [[54, octets(SERVER_IP)], requested(address)] as const;
    const declined = decline([...own]);
    link.send(clientFrame({ ...declined, mac: mac(victim), ethernetSource: INTRUDER }));
    for (
      const [senderIp, targetIp] of [[address, "192.0.2.1"], [SERVER_IP, "192.0.2.1"]] as const
    ) {
      link.send(encodeArpFrame({
        operation: "request",
        senderMac: INTRUDER,
        senderIp: ip(senderIp),
        targetMac: 0 as MacAddress,
        targetIp: ip(targetIp),
      }, BROADCAST_MAC));
    }
    for (let i = 0; i < 5; i++) link.send(clientFrame({ mac: mac(`52:54:00:99:00:0${i}`) }));
    const report = await waitUntil(async () => {
      const found = await reportOf(agent, credentials);
      return found.unknownClients.packets >= 5 ? found : undefined;
    }, { what: "what was sent", explain: () => agent.log.tail() });
    const conflicts = report.addressConflicts.map(({ how, address, mac, otherMac }) =>
      [how, address, mac, otherMac].join(" ")
    );
    assert.deepEqual(conflicts.sort(), [
      `arp ${address} ${victim} 06:00:00:00:66:66`,
      `declined ${address} ${victim} 06:00:00:00:66:66`,
    ]);
    assert.deepEqual(report.serverAddressClaims.map(({ mac }) => mac), ["06:00:00:00:66:66"]);
    assert.deepEqual(report.unknownClients, { packets: 5, clients: 5, perMinute: 5 });
    assert.match(
      await agent.get("/leases?verbose=1"),
      /\\"LastSeen\\":\{\\"Time\\":\\"[^"]*\\",\\"Type\\":\\"DECLINE\\",\\"Outcome\\":\\"declined\\"/,
    );
  },
});
