/** What goes wrong with a VM network, one after the other, and where an operator reads why. */

import assert from "node:assert/strict";
import { encodeGratuitousArp } from "../../../lib/net/arp.ts";
import { parseIpv4Address } from "../../../lib/net/ipv4_address.ts";
import { parseMacAddress } from "../../../lib/net/mac_address.ts";
import { ippoolSample, vmnetcfgSample } from "../../support/apiserver/samples.ts";
import { DhcpClient } from "../../support/dhcp/dhcp_client.ts";
import { startReferenceServer } from "../../support/dhcp/reference_server.ts";
import { WireClient } from "../../support/dhcp/wire_client.ts";
import { createVethPair, HERE, runIn } from "../../support/network/network_namespace.ts";
import { RawLink } from "../../support/network/raw_link.ts";
import { oneNic } from "../../support/network/vm_network.ts";
import { type BrokenSite, kubectl, untilSaid, vmDhcp } from "./broken_site.ts";

const MAC = "fa:cf:8e:50:82:fc";
const VM = "test-vm";
const WRONG_MAC = "52:54:00:48:16:02";
const SERVER_IP = "192.168.48.77";
const OTHER_SERVER = "192.168.48.66";
const INTRUDER_MAC = "52:54:00:48:30:01";
/** Addresses of the pool besides that of the VM. */
const FILLERS = [1, 2, 3, 4, 5, 6, 7].map((number) => `full-${number}`);

/** One thing that is wrong. */
interface Situation {
  readonly name: string;
  readonly vm: string;
  /** In `kubectl describe` of the pool, where it is no matter of one VM. */
  readonly pool?: RegExp;
  /** What is deferred is undone before the next situation. */
  readonly arrange: (site: BrokenSite, undo: AsyncDisposableStack) => Promise<unknown>;
  /** In `kubectl describe` of the VirtualMachineNetworkConfig; absent where only what lasts is told to VMs. */
  readonly describe?: RegExp;
  /** In the first line of `vm-dhcp explain vm`. */
  readonly explain: RegExp;
  readonly log: RegExp;
}

const OTHER_SERVER_ANSWERS: Situation = {
  name: "a second DHCP server",
  vm: VM,
  arrange: async ({ network, signalAgents }, undo) => {
    const bindings = [[MAC, "192.168.48.101"]] as const;
    const site = { subnet: "192.168.48.0/24", serverIp: OTHER_SERVER, bindings };
    const dnsmasq = undo.use(await startReferenceServer("dnsmasq", { site }));
    await network.bridge.attach(dnsmasq.interfaceName);
    const { bridge, folder } = network;
    const machine = undo.use(await WireClient.create("udhcpc", { bridge, mac: MAC, folder }));
    // They read what the client says to dnsmasq when that has answered already.
    signalAgents("SIGSTOP");
    try {
      machine.boot();
      await machine.holds("192.168.48.101");
    } finally {
      signalAgents("SIGCONT");
    }
  },
  pool: new RegExp(`another DHCP server, ${OTHER_SERVER}\\b.*is on VM network default/net-48`),
  explain: new RegExp(
    `^default/test-vm has \\S+, but may not use it: another DHCP server, ${OTHER_SERVER}\\b.*default/net-48`,
  ),
  log: new RegExp(`"a client chose another DHCP server".*"${OTHER_SERVER}"`),
};

const SITUATIONS: readonly Situation[] = [
  {
    name: "a VM with another MAC than its object has",
    vm: VM,
    arrange: async ({ network }, undo) => {
      const nic = await network.plugIn(WRONG_MAC);
      undo.use(await DhcpClient.start("udhcpc", nic, network.folder));
    },
    // Nobody but its user knows that a machine that asks is this VM.
    describe: new RegExp(
      `192\\.168\\.48\\.8\\d of ${MAC}: agents of ippool default/ippool-1 answer`,
    ),
    explain: new RegExp(
      `^default/test-vm has \\S+, but nobody asks for it: ${MAC} has not asked on default/net-48 .*` +
        `, but ${WRONG_MAC} has asked there for .*; is it this VM's\\?$`,
    ),
    log: new RegExp(`"a machine without an address asks".*"${WRONG_MAC}"`),
  },
  {
    name: "no pool",
    vm: "elsewhere",
    arrange: async (site, undo) => {
      const networkConfigs = [{ macAddress: WRONG_MAC, networkName: "default/none" }];
      const vm = vmnetcfgSample({ metadata: { name: "elsewhere" }, spec: { networkConfigs } });
      await apply(site, vm);
      undo.defer(() => remove(site, "elsewhere"));
    },
    describe: /no ippool serves VM network default\/none/,
    explain: /^default\/elsewhere has no address: no pool serves default\/none$/,
    log: /"default\/elsewhere".*no ippool serves VM network default\/none/,
  },
  {
    name: "two VMs with one MAC",
    vm: "twin",
    arrange: async (site, undo) => {
      await apply(site, oneNic("twin", MAC));
      undo.defer(() => remove(site, "twin"));
    },
    describe: /belongs to VirtualMachineNetworkConfig default\/test-vm\b/,
    explain:
      /^default\/twin has no address: .* belongs to VirtualMachineNetworkConfig default\/test-vm\b/,
    log: /"default\/twin".*belongs to VirtualMachineNetworkConfig default\/test-vm\b/,
  },
  {
    name: "a full pool",
    vm: "late",
    arrange: async (site, undo) => {
      const fillers = FILLERS.map((name, i) => oneNic(name, `52:54:00:48:17:0${i + 1}`));
      await apply(site, ...fillers);
      await untilSaid(
        "the pool",
        () => kubectl(site, ["get", "ippool", "ippool-1", "-o", "jsonpath={.status.ipv4.used}"]),
        /^8$/,
      );
      await apply(site, oneNic("late", "52:54:00:48:17:08"));
      undo.defer(() => remove(site, "late", ...FILLERS));
    },
    describe: /all addresses are in use in ippool default\/ippool-1\b/,
    explain: /^default\/late has no address: the pool default\/ippool-1 is full \(8 of 8 in use\)$/,
    log: /"default\/late".*all addresses are in use in ippool default\/ippool-1\b/,
  },
  {
    name: "a paused pool",
    vm: VM,
    arrange: async (site, undo) => {
      await pausePool(site, true);
      undo.defer(() => pausePool(site, false));
    },
    describe: /ippool default\/ippool-1 was administratively disabled \(spec\.paused is true\)/,
    explain: /^default\/test-vm has \S+, but gets no answer: the pool default\/ippool-1 is paused$/,
    log: /paused/,
  },
  {
    name: "an interface that is down",
    vm: VM,
    arrange: async ({ network: { bridge } }, undo) => {
      await runIn(HERE, "ip", "link", "set", bridge.name, "down");
      undo.defer(async () => void await runIn(HERE, "ip", "link", "set", bridge.name, "up"));
    },
    // Of a pod, Kubernetes says no more than that it is not ready.
    pool: /interface \S+ is down|agent pod \S+ not ready/,
    describe:
      /no agent of ippool default\/ippool-1 answers \(\w+\): (?:interface \S+ is down|agent pod \S+ not ready)/,
    explain:
      /^default\/test-vm has \S+, but gets no answer: (?:interface \S+ is down$|agent pod \S+ not ready)/,
    log: /interface \S+ is down/,
  },
  OTHER_SERVER_ANSWERS,
  {
    name: "a host with the serverIP",
    vm: VM,
    arrange: async ({ network: { bridge } }, undo) => {
      const pair = undo.use(await createVethPair());
      await bridge.attach(pair.name);
      const link = undo.use(new RawLink(pair.peerName));
      const macAddress = parseMacAddress(INTRUDER_MAC)!;
      const frame = encodeGratuitousArp({ serverIp: parseIpv4Address(SERVER_IP)!, macAddress });
      // A bridge forwards nothing of a port that is new.
      const sending = setInterval(() => link.send(frame), 500);
      undo.defer(() => clearInterval(sending));
    },
    pool: new RegExp(`${INTRUDER_MAC}`),
    explain: new RegExp(
      `^default/test-vm has \\S+, but may not use it: (?=.*${INTRUDER_MAC}).*${SERVER_IP}, the serverIP of `,
    ),
    log: new RegExp(`${INTRUDER_MAC}.*${SERVER_IP}|${SERVER_IP}.*${INTRUDER_MAC}`),
  },
];

/** A manifest that nobody can follow. */
const BAD_POOL = ippoolSample({
  metadata: { name: "bad" },
  spec: { networkName: "default/net-49" },
  ipv4Config: { leaseTime: "soon" },
});

/**
 * Makes the pool and its VM, and goes through everything that can be wrong with them.
 *
 * @param askQuestions Run when the VM and a stranger have asked, and another server answers.
 */
export async function goThroughSituations(
  site: BrokenSite,
  askQuestions: (site: BrokenSite) => Promise<void>,
): Promise<void> {
  await apply(site, ippoolSample(), oneNic(VM, MAC));
  await untilSaid(
    VM,
    () => describe(site, VM),
    /agents of ippool default\/ippool-1 answer/,
  );
  for (const situation of SITUATIONS) {
    await goThrough(site, situation);
    if (situation === OTHER_SERVER_ANSWERS) await askQuestions(site);
  }
  const said = await site.giveManifest(BAD_POOL);
  assert.match(said, /spec\.ipv4Config\.leaseTime/, "a manifest that is wrong");
}

async function goThrough(site: BrokenSite, situation: Situation): Promise<void> {
  const { name, vm, arrange, describe: described, explain, log } = situation;
  const startMs = performance.now();
  const begins = site.logs.map(({ lines }) => lines.length);
  await using undo = new AsyncDisposableStack();
  await arrange(site, undo);
  const { pool } = situation;
  if (pool !== undefined) {
    const ask = () => kubectl(site, ["describe", "ippool", "ippool-1"]);
    await untilSaid(`${name}: describe of the pool`, ask, pool);
  }
  if (described !== undefined) {
    await untilSaid(`${name}: describe`, () => describe(site, vm), described);
  }
  await untilSaid(`${name}: explain`, async () => {
    const [verdict = ""] = (await vmDhcp(site, "explain", "vm", vm)).split("\n");
    return verdict;
  }, explain);
  const linesOf = () => site.logs.flatMap(({ lines }, i) => lines.slice(begins[i]));
  await untilSaid(`${name}: the log`, () => linesOf().filter(isSaid).join("\n"), log);
  console.log(`${name}: ${((performance.now() - startMs) / 1000).toFixed(1)} s`);
}

/** What an operator reads without asking for details. */
function isSaid(line: string): boolean {
  return !line.includes('"level":"debug"');
}

function describe(site: BrokenSite, vm: string): Promise<string> {
  return kubectl(site, ["describe", "virtualmachinenetworkconfig", vm]);
}

async function apply(site: BrokenSite, ...items: readonly unknown[]): Promise<void> {
  await kubectl(site, ["apply", "-f", "-"], { apiVersion: "v1", kind: "List", items });
}

async function remove(site: BrokenSite, ...names: readonly string[]): Promise<void> {
  await kubectl(site, ["delete", "virtualmachinenetworkconfig", ...names]);
}

async function pausePool(site: BrokenSite, paused: boolean): Promise<void> {
  const patch = JSON.stringify({ spec: { paused } });
  await kubectl(site, ["patch", "ippool", "ippool-1", "--type=merge", "-p", patch]);
}
