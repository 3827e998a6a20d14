/**
 * Damaged packets without end, and a client among them that renews: for ten minutes in
 * `./dev soak`, for seconds otherwise.
 */

import assert from "node:assert/strict";
import { residentMbOf } from "../bench/packets/process_stats.ts";
import { mutate } from "../fuzz/mutations.ts";
import { SeededRandom } from "../fuzz/random.ts";
import { STIMULI } from "../fuzz/stimuli.ts";
import { renew } from "../conformance/network.ts";
import { AgentContainer } from "../support/process/agent_container.ts";
import {
  clientFrame,
  ip,
  M1,
  M2,
  mac,
  SERVER_IP,
  SERVER_MAC,
} from "../support/dhcp/dhcp_packets.ts";
import { sumOf } from "../support/metrics/exposition.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { formatMacAddress } from "../../lib/net/mac_address.ts";
import { createVethPair, HERE, runIn } from "../support/network/network_namespace.ts";
import { PoolApi } from "../support/apiserver/pool_api.ts";
import { RawLink } from "../support/network/raw_link.ts";
import { soakSeconds } from "../support/harness/soak.ts";

const SECONDS = soakSeconds(15, 600);
/** Time for the runtime to compile hot code and to grow its heap. */
const WARM_UP_SECONDS = soakSeconds(8, 120);
const RESIDENT_MB_GROWTH_MAX = 5;

const BATCH_PACKETS = 100;
const BATCH_MS = 10;
const RENEWAL_MS = 500;
const RENEWAL_MS_MAX = 1000;

/** No damaged packet has its MAC address. */
const CLIENT = "52:54:00:48:20:01";
const CLIENT_ADDRESS = "192.0.2.77";

/** Whether the frame is an ACK of the client's address to the client. */
function isAckTo(xid: number): (frame: Uint8Array) => boolean {
  const client = mac(CLIENT);
  return (frame) => {
    if (frame.length < 300) return false;
    const view = new DataView(frame.buffer, frame.byteOffset);
    return view.getUint16(0) * 2 ** 32 + view.getUint32(2) === client &&
      view.getUint32(46) === xid && view.getUint32(58) === ip(CLIENT_ADDRESS) &&
      frame[284] === 5;
  };
}

/** Sends damaged packets until it is told to stop. @returns How many. */
async function annoy(link: RawLink, signal: AbortSignal): Promise<number> {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
  console.log(`seed ${seed}`);
  const random = new SeededRandom(seed);
  let sent = 0;
  while (!signal.aborted) {
    for (let i = 0; i < BATCH_PACKETS; i++) {
      const packet = mutate(random.pick(STIMULI), random);
      if (packet.length < 14 || packet.length > 1514) continue; // The cable refuses such a frame.
      link.send(packet);
      sent++;
    }
    await new Promise((resolve) => setTimeout(resolve, BATCH_MS));
  }
  return sent;
}

/** Renews again and again. @returns How long each renewal took, in milliseconds. */
async function renewAgainAndAgain(link: RawLink, signal: AbortSignal): Promise<number[]> {
  const tookMs: number[] = [];
  for (let xid = 0x48000000; !signal.aborted; xid++) {
    const atMs = performance.now();
    link.send(clientFrame(renew(CLIENT_ADDRESS, { mac: mac(CLIENT), xid })));
    await link.receive(isAckTo(xid), RENEWAL_MS_MAX);
    tookMs.push(performance.now() - atMs);
    await new Promise((resolve) => setTimeout(resolve, RENEWAL_MS));
  }
  return tookMs;
}

await integrationTest({
  name: `a client renews while damaged packets come for ${SECONDS} seconds, and memory stays flat`,
  needs: ["namespaces", "real root", "executable", "crun"],
  run: async () => {
    await using api = await PoolApi.start({
      name: "pool",
      ipv4Config: {
        serverIP: SERVER_IP,
        cidr: "192.0.2.0/24",
        pool: { start: "192.0.2.10", end: "192.0.2.99" },
        router: "192.0.2.1",
      },
      bindings: [
        [formatMacAddress(M1), "192.0.2.10"],
        [formatMacAddress(M2), "192.0.2.11"],
        [CLIENT, CLIENT_ADDRESS],
      ],
    });
    await using pair = await createVethPair();
    await runIn(HERE, "ip", "link", "set", pair.name, "address", formatMacAddress(SERVER_MAC));
    await using agent = await AgentContainer.start({ interfaceName: pair.name, api });
    const pid = await agent.pid();
    using hostile = new RawLink(pair.peerName);
    using client = new RawLink(pair.peerName);
    const end = AbortSignal.timeout(SECONDS * 1000);
    const residentMb: number[] = [];
    const watch = setInterval(async () => residentMb.push(await residentMbOf(pid)), 1000);
    const [sent, tookMs] = await Promise.all([
      annoy(hostile, end),
      renewAgainAndAgain(client, end),
    ]).finally(() => clearInterval(watch));

    const flat = residentMb.slice(WARM_UP_SECONDS);
    console.log(
      `${sent} damaged packets, ${tookMs.length} renewals of at most ` +
        `${Math.max(...tookMs).toFixed(1)} ms, ${flat[0]} MB to ${Math.max(...flat)} MB resident`,
    );
    assert.ok(tookMs.length >= SECONDS, `${tookMs.length} renewals`);
    assert.ok(Math.max(...flat) <= flat[0]! + RESIDENT_MB_GROWTH_MAX, residentMb.join(" "));
    const metrics = await agent.get("/metrics");
    const seen = sumOf(metrics, "vmdhcpagent_packets_total");
    assert.ok(seen > sent / 2, `the agent saw ${seen} of ${sent} packets`);
    assert.equal(sumOf(metrics, "vmdhcpagent_internal_errors_total"), 0);
  },
});
