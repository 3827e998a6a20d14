/**
 * The server's interface changes while it serves: soon after it is back, the same process serves a
 * client again. Needs root.
 */

import assert from "node:assert/strict";
import { createLeaseTable, type LeaseTable } from "../../../lib/dhcpv4/lease.ts";
import { parseCidr } from "../../../lib/net/cidr.ts";
import {
  formatMacAddress,
  macAddressFromBytes,
  writeMacAddress,
} from "../../../lib/net/mac_address.ts";
import { renew } from "../../conformance/network.ts";
import {
  clientFrame,
  ip as parseIp,
  leaseTable,
  M1,
  poolParameters,
  SERVER_MAC,
  type WireOption,
} from "../../support/dhcp/dhcp_packets.ts";
import {
  createBridge,
  createVethPair,
  deleteInterface,
  HERE,
  NetworkNamespace,
  runIn,
  type VethPair,
} from "../../support/network/network_namespace.ts";
import { RawLink } from "../../support/network/raw_link.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import { WireServer } from "../../support/dhcp/wire_server.ts";

/** Since the interface is back. */
const RECOVERY_MS_MAX = 1000;
const ASK_AGAIN_MS = 20;
/** More than the usual MTU. */
const LARGE_BYTES = 1800;
const OTHER_MAC = "02:00:00:00:00:99";

/** Options that make replies larger than a small MTU, when clients ask for all of them. */
const LARGE_TABLE = leaseTable(poolParameters({
  domainSearch: Array.from({ length: 25 }, (_, i) => `department-${i}.of-a-large-company.example`),
}));
const ASKS_FOR_ALL: readonly WireOption[] = [[57, [0x05, 0xdc]], [55, [119]]];

function ip(...words: readonly string[]): Promise<string> {
  return runIn(HERE, "ip", ...words);
}

function link(...words: readonly string[]): Promise<string> {
  return ip("link", "set", ...words);
}

function isReply(frame: Uint8Array): boolean {
  return frame[12] === 8 && frame[13] === 0 && frame[23] === 17 && frame[35] === 67;
}

/** Asks again and again until there is an OFFER. @returns The OFFER. */
async function offered(peerName: string, payloadBytes = 300): Promise<Uint8Array> {
  using client = new RawLink(peerName);
  const discover = clientFrame({ padToBytes: payloadBytes, options: ASKS_FOR_ALL });
  return await waitUntil(async () => {
    client.send(discover);
    return await client.receive(isReply, ASK_AGAIN_MS).catch(() => undefined);
  }, { what: `an OFFER on ${peerName}` });
}

/** A change of the interface, and what has to hold after it. */
interface LifeEvent {
  readonly name: string;
  /** The status that the server reports meanwhile; absent when it must report none. */
  readonly reason?: string;
  readonly happens?: (pair: VethPair) => Promise<unknown>;
  readonly ends: (pair: VethPair) => Promise<unknown>;
  readonly payloadBytes?: number;
  readonly check?: (offer: Uint8Array) => void;
}

/** Makes the pair again with the same names. */
async function recreate({ name, peerName }: VethPair): Promise<void> {
  await createVethPair({ name, peerName });
}

const EVENTS: readonly LifeEvent[] = [
  {
    name: "goes down and comes up",
    reason: "InterfaceDown",
    happens: ({ name }) => link(name, "down"),
    ends: ({ name }) => link(name, "up"),
  },
  {
    name: "is deleted and made again",
    reason: "InterfaceNotFound",
    happens: ({ name }) => deleteInterface(HERE, name),
    ends: recreate,
  },
  {
    name: "is replaced before the server notices",
    ends: async (pair) => {
      await deleteInterface(HERE, pair.name);
      await recreate(pair);
    },
  },
  {
    name: "is renamed and gets its name back",
    reason: "InterfaceNotFound",
    happens: async ({ name }) => {
      await link(name, "down");
      await link(name, "name", `${name}x`);
    },
    ends: async ({ name }) => {
      await link(`${name}x`, "name", name);
      await link(name, "up");
    },
  },
  {
    name: "gets another MAC address",
    ends: ({ name }) => link(name, "address", OTHER_MAC),
    check: (offer) => {
      assert.equal(formatMacAddress(macAddressFromBytes(offer, 6)), OTHER_MAC);
    },
  },
  {
    name: "gets a larger MTU, and larger packets",
    ends: async ({ name, peerName }) => {
      await link(name, "mtu", "9000");
      await link(peerName, "mtu", "9000");
    },
    payloadBytes: LARGE_BYTES,
  },
  {
    name: "gets a smaller MTU",
    ends: ({ name }) => link(name, "mtu", "600"),
    check: (offer) => assert.ok(offer.length <= 614, `${offer.length} octets`),
  },
  {
    name: "becomes a port of a bridge",
    ends: async ({ name }) => {
      await using cleanUp = new AsyncDisposableStack();
      const bridge = cleanUp.use(await createBridge(HERE));
      await bridge.attach(name);
      cleanUp.move();
    },
  },
];

for (const { name, reason, happens, ends, payloadBytes, check } of EVENTS) {
  Deno.test(`DhcpServer goes on within a second when its interface ${name}`, async () => {
    await using pair = await createVethPair();
    await using cleanUp = new AsyncDisposableStack();
    cleanUp.defer(() => deleteInterface(HERE, pair.name));
    const server = cleanUp.use(await WireServer.start(pair.name, LARGE_TABLE));
    assert.ok((await offered(pair.peerName)).length > 614, "a large OFFER");
    await happens?.(pair);
    if (reason !== undefined) await server.reaches(reason);
    await ends(pair);
    const atMs = performance.now();
    const offer = await until(check, () => offered(pair.peerName, payloadBytes));
    const tookMs = performance.now() - atMs;
    console.log(`${name}: an OFFER after ${tookMs.toFixed(0)} ms`);
    assert.equal(offer.subarray(58, 62).toHex(), "c000020a");
    assert.ok(tookMs <= RECOVERY_MS_MAX, `${tookMs} ms`);
  });
}

/** Repeats a request until its OFFER passes the check, because older ones may still come. */
async function until(
  check: ((offer: Uint8Array) => void) | undefined,
  ask: () => Promise<Uint8Array>,
): Promise<Uint8Array> {
  return await waitUntil(async () => {
    const offer = await ask();
    try {
      check?.(offer);
      return offer;
    } catch {
      return undefined;
    }
  }, { what: "an OFFER that fits the interface", limitMs: 5000 });
}

Deno.test("DhcpServer goes on within a second when its interface comes back from another namespace", async () => {
  await using elsewhere = await NetworkNamespace.create();
  await using pair = await createVethPair();
  await using server = await WireServer.start(pair.name, leaseTable());
  await offered(pair.peerName);
  await link(pair.name, "netns", String(elsewhere.pid));
  await server.reaches("InterfaceNotFound");
  await runIn(elsewhere, "ip", "link", "set", pair.name, "netns", String(Deno.pid));
  await link(pair.name, "up");
  const atMs = performance.now();
  await offered(pair.peerName);
  assert.ok(performance.now() - atMs <= RECOVERY_MS_MAX);
});

Deno.test("DhcpServer serves on a bridge itself, for its ports", async () => {
  await using bridge = await createBridge(HERE);
  await using pair = await createVethPair();
  await bridge.attach(pair.name);
  await using _server = await WireServer.start(bridge.name, leaseTable());
  await offered(pair.peerName);
});

Deno.test("DhcpServer serves on a macvlan", async () => {
  await using pair = await createVethPair();
  const name = `${pair.name}m`;
  await ip("link", "add", name, "link", pair.name, "type", "macvlan", "mode", "bridge");
  await using cleanUp = new AsyncDisposableStack();
  cleanUp.defer(() => deleteInterface(HERE, name));
  await link(name, "up");
  cleanUp.use(await WireServer.start(name, leaseTable()));
  await offered(pair.peerName);
});

/** A network that exists nowhere else on this machine. */
const SERVER_ADDRESS = "198.51.100.2";
const CLIENT_ADDRESS = "198.51.100.10";

function tableOfNetwork(): LeaseTable {
  const cidr = parseCidr("198.51.100.0/24")!;
  const parameters = poolParameters({ cidr, serverIp: parseIp(SERVER_ADDRESS) });
  return createLeaseTable(parameters, new Map([[M1, parseIp(CLIENT_ADDRESS)]]));
}

/** The answer to a renewal: DHCP, or the kernel's complaint about a closed port (ICMP type 3). */
async function answersToRenewal(peerName: string): Promise<readonly string[]> {
  using client = new RawLink(peerName);
  const renewal = renew(CLIENT_ADDRESS, { destinationIp: SERVER_ADDRESS });
  const frame = clientFrame(renewal);
  writeMacAddress(SERVER_MAC, frame, 0);
  client.send(frame);
  const answers: string[] = [];
  const untilMs = performance.now() + 500;
  while (performance.now() < untilMs) {
    const answer = await client.receive(
      (frame) => isReply(frame) || (frame[12] === 8 && frame[23] === 1 && frame[34] === 3),
      ASK_AGAIN_MS,
    ).catch(() => undefined);
    if (answer !== undefined) answers.push(answer[23] === 1 ? "port unreachable" : "ACK");
  }
  return answers;
}

/** Waits until UDP port 67 of this namespace is open, or closed. */
async function untilPortIsHeld(isHeld: boolean): Promise<void> {
  await waitUntil(async () => {
    const sockets = await Deno.readTextFile("/proc/net/udp");
    return sockets.includes(" 00000000:0043 ") === isHeld || undefined;
  }, { what: `the port of DHCP to be ${isHeld ? "held" : "given back"}` });
}

Deno.test("a renewal never meets a closed port, whether the kernel owns the server's address or not", async () => {
  await using pair = await createVethPair();
  await link(pair.name, "address", formatMacAddress(SERVER_MAC));
  await ip("address", "add", `${SERVER_ADDRESS}/24`, "dev", pair.name);
  // A kernel that does not know the client's MAC address sends an ARP request first.
  const neighbour = [CLIENT_ADDRESS, "lladdr", formatMacAddress(M1), "dev", pair.name];
  await ip("neighbour", "replace", ...neighbour);
  assert.deepEqual(await answersToRenewal(pair.peerName), ["port unreachable"], "without a server");

  await using _server = await WireServer.start(pair.name, tableOfNetwork());
  await untilPortIsHeld(true);
  assert.deepEqual(await answersToRenewal(pair.peerName), ["ACK"], "the kernel owns the address");
  await ip("address", "del", `${SERVER_ADDRESS}/24`, "dev", pair.name);
  await untilPortIsHeld(false);
  assert.deepEqual(await answersToRenewal(pair.peerName), ["ACK"], "the server alone has it");
  await ip("address", "add", `${SERVER_ADDRESS}/24`, "dev", pair.name);
  await untilPortIsHeld(true);
  await ip("neighbour", "replace", ...neighbour);
  assert.deepEqual(await answersToRenewal(pair.peerName), ["ACK"], "the kernel owns it again");
});
