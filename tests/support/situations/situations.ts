/** What can be wrong with a VM network: how it comes about, and the sentences that name it. */

import { encodeArpFrame } from "../../../lib/net/arp.ts";
import { parseIpv4Address } from "../../../lib/net/ipv4_address.ts";
import { BROADCAST_MAC, type MacAddress, parseMacAddress } from "../../../lib/net/mac_address.ts";
import { DhcpClient, VirtualNic } from "../dhcp/dhcp_client.ts";
import { startReferenceServer } from "../dhcp/reference_server.ts";
import { WireClient } from "../dhcp/wire_client.ts";
import { createVethPair, HERE, runIn } from "../network/network_namespace.ts";
import { RawLink } from "../network/raw_link.ts";
import type { VmNetwork } from "../network/vm_network.ts";
import {
  applyVms,
  type BrokenSite,
  kubectl,
  type Place,
  PLACES,
  removeVms,
  untilSaid,
} from "./broken_site.ts";

const [PLACE, DOWN, CLAIMED] = PLACES as readonly [Place, Place, Place];
const { mac: MAC, vm: VM } = PLACE;
const WRONG_MAC = "52:54:00:48:16:02";
const LATE_MAC = "52:54:00:48:17:08";
const OTHER_SERVER = "192.168.48.66";
const INTRUDER_MAC = "52:54:00:48:30:01";
/** VMs that take the addresses of the pool besides that of the VM. */
const FILLERS = [1, 2, 3, 4, 5, 6, 7].map((number) => `full-${number}`);

/** One thing that is wrong. */
export interface Situation {
  readonly name: string;
  /** What is deferred is undone before the next situation of the place. */
  readonly arrange: (
    site: BrokenSite,
    network: VmNetwork,
    undo: AsyncDisposableStack,
  ) => Promise<unknown>;
  /** Arranged before something answers DHCP: agents that have seen nothing at first are slow to say otherwise. */
  readonly isEarly?: boolean;
  readonly vm: string;
  /** In `kubectl describe` of the VirtualMachineNetworkConfig. */
  readonly describe: RegExp;
  /** In `kubectl describe` of the pool, where it is no matter of one VM. */
  readonly pool?: RegExp;
  /** In the first line of `vm-dhcp explain vm`. */
  readonly explain: RegExp;
  readonly log: RegExp;
}

/** The last one at its place: what agents have seen of that server is remembered for a while. */
export const OTHER_SERVER_ANSWERS: Situation = {
  name: "a second DHCP server",
  arrange: async ({ signalAgent }, network, undo) => {
    const bindings = [[MAC, "192.168.48.101"]] as const;
    const site = { subnet: "192.168.48.0/24", serverIp: OTHER_SERVER, bindings };
    const dnsmasq = undo.use(await startReferenceServer("dnsmasq", { site }));
    await network.bridge.attach(dnsmasq.interfaceName);
    const { bridge, folder } = network;
    const machine = undo.use(await WireClient.create("udhcpc", { bridge, mac: MAC, folder }));
    // It reads what the client says to dnsmasq when that has answered already.
    signalAgent("SIGSTOP");
    try {
      machine.boot();
      await machine.holds("192.168.48.101");
    } finally {
      signalAgent("SIGCONT");
    }
  },
  vm: VM,
  describe: new RegExp(
    `another DHCP server, ${OTHER_SERVER}\\b.*is on VM network default/net-48.*\\n +Observed Generation: +\\d+\\n +Reason: +OtherServer\\n`,
  ),
  pool: new RegExp(`another DHCP server, ${OTHER_SERVER}\\b.*is on VM network default/net-48`),
  explain: new RegExp(
    `^default/test-vm has \\S+, but may not use it: another DHCP server, ${OTHER_SERVER}\\b.*default/net-48`,
  ),
  log: new RegExp(`"a client chose another DHCP server".*"${OTHER_SERVER}"`),
};

/** By place, one after the other. */
export const SITUATIONS: readonly (readonly Situation[])[] = [
  [
    {
      name: "a VM with another MAC than its object has",
      arrange: (_site, network, undo) => ask(network, WRONG_MAC, undo),
      vm: VM,
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
      arrange: async (site, _network, undo) => {
        const vm = { name: "elsewhere", mac: WRONG_MAC, networkName: "default/none" };
        await applyVms(site, vm);
        undo.defer(() => removeVms(site, "elsewhere"));
      },
      vm: "elsewhere",
      describe: /no ippool serves VM network default\/none/,
      explain: /^default\/elsewhere has no address: no pool serves default\/none$/,
      log: /"default\/elsewhere".*no ippool serves VM network default\/none/,
    },
    {
      name: "two VMs with one MAC",
      arrange: async (site, network, undo) => {
        await applyVms(site, { name: "twin", mac: MAC });
        undo.defer(() => removeVms(site, "twin"));
        await ask(network, MAC, undo);
      },
      vm: "twin",
      describe: /belongs to VirtualMachineNetworkConfig default\/test-vm\b/,
      explain:
        /^default\/twin has no address: .* belongs to VirtualMachineNetworkConfig default\/test-vm\b/,
      log: /"default\/twin".*belongs to VirtualMachineNetworkConfig default\/test-vm\b/,
    },
    {
      name: "a full pool",
      arrange: async (site, network, undo) => {
        const fillers = FILLERS.map((name, i) => ({ name, mac: `52:54:00:48:17:0${i + 1}` }));
        await applyVms(site, ...fillers);
        undo.defer(() => removeVms(site, "late", ...FILLERS));
        await untilSaid(
          "the pool",
          () => kubectl(site, ["get", "ippool", "ippool-1", "-o", "jsonpath={.status.ipv4.used}"]),
          /^8$/,
        );
        await applyVms(site, { name: "late", mac: LATE_MAC });
        await ask(network, LATE_MAC, undo);
      },
      vm: "late",
      describe: /all addresses are in use in ippool default\/ippool-1\b/,
      explain:
        /^default\/late has no address: the pool default\/ippool-1 is full \(8 of 8 in use\)$/,
      log: /"default\/late".*all addresses are in use in ippool default\/ippool-1\b/,
    },
    {
      name: "a paused pool",
      arrange: async (site, network, undo) => {
        await pausePool(site, true);
        undo.defer(() => pausePool(site, false));
        await ask(network, MAC, undo);
      },
      vm: VM,
      describe: /ippool default\/ippool-1 was administratively disabled \(spec\.paused is true\)/,
      explain:
        /^default\/test-vm has \S+, but gets no answer: the pool default\/ippool-1 is paused$/,
      log: /paused/,
    },
    OTHER_SERVER_ANSWERS,
  ],
  [
    {
      name: "an interface that is down",
      arrange: async (_site, network, undo) => {
        const { name } = network.bridge;
        await runIn(HERE, "ip", "link", "set", name, "down");
        undo.defer(async () => void await runIn(HERE, "ip", "link", "set", name, "up"));
        await ask(network, DOWN.mac, undo);
      },
      vm: DOWN.vm,
      describe: /no agent of ippool default\/ippool-2 answers \(\w+\): .*interface \S+ is down/,
      pool: /interface \S+ is down/,
      explain: /^default\/test-vm-2 has \S+, but gets no answer: .*interface \S+ is down/,
      log: /interface \S+ is down/,
    },
  ],
  [
    {
      name: "a host with the serverIP",
      isEarly: true,
      arrange: async (_site, network, undo) => {
        const pair = undo.use(await createVethPair());
        await network.bridge.attach(pair.name);
        const link = undo.use(new RawLink(pair.peerName));
        // It asks for its neighbours, again and again: a bridge forwards nothing of a port that is new.
        const sending = setInterval(() => link.send(questionOfTheIntruder()), 100);
        undo.defer(() => clearInterval(sending));
        await ask(network, CLAIMED.mac, undo);
      },
      vm: CLAIMED.vm,
      describe: new RegExp(
        `Message: +(?=.*192\\.168\\.50\\.77).*${INTRUDER_MAC}.*\\n +Observed Generation: +\\d+\\n +Reason: +ServerAddressInUse\\n`,
      ),
      pool: new RegExp(INTRUDER_MAC),
      explain: new RegExp(
        `^default/test-vm-3 has \\S+, but may not use it: (?=.*${INTRUDER_MAC}).*192\\.168\\.50\\.77, the serverIP of `,
      ),
      log: new RegExp(
        `${INTRUDER_MAC}.*192\\.168\\.50\\.77|192\\.168\\.50\\.77.*${INTRUDER_MAC}`,
      ),
    },
  ],
];

/** Plugs in a machine that asks, with a real client. */
async function ask(network: VmNetwork, mac: string, undo: AsyncDisposableStack): Promise<void> {
  const nic = undo.use(await VirtualNic.create(network.bridge, mac));
  undo.use(await DhcpClient.start("udhcpc", nic, network.folder));
}

/** What a host says that has the serverIP, and looks for its neighbour. */
function questionOfTheIntruder(): Uint8Array {
  const packet = {
    operation: "request",
    senderMac: parseMacAddress(INTRUDER_MAC)!,
    senderIp: parseIpv4Address("192.168.50.77")!,
    targetMac: 0 as MacAddress,
    targetIp: parseIpv4Address("192.168.50.1")!,
  } as const;
  return encodeArpFrame(packet, BROADCAST_MAC);
}

async function pausePool(site: BrokenSite, paused: boolean): Promise<void> {
  const patch = JSON.stringify({ spec: { paused } });
  await kubectl(site, ["patch", "ippool", "ippool-1", "--type=merge", "-p", patch]);
}
