/** The packet loop on interfaces of the kernel. Needs root. */

import assert from "node:assert/strict";
import { AgentMetrics } from "../../../lib/agent/agent_metrics.ts";
import { DhcpServer } from "../../../lib/agent/dhcp_server.ts";
import { Responder } from "../../../lib/agent/responder.ts";
import { WireMemory } from "../../../lib/agent/wire/wire_memory.ts";
import { ServedPool } from "../../../lib/agent/served_pool.ts";
import { createClock } from "../../../lib/sys/host/clock.ts";
import { createNetwork } from "../../../lib/sys/host/network.ts";
import { clientFrame, leaseTable } from "../../support/dhcp/dhcp_packets.ts";
import {
  createVethPair,
  deleteInterface,
  HERE,
  NetworkNamespace,
  runIn,
  uniqueInterfaceName,
  type VethPair,
} from "../../support/network/network_namespace.ts";
import { RawLink } from "../../support/network/raw_link.ts";
import { RecordingLogger } from "../../support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../support/metrics/recording_registry.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";

const LIMIT_MS = 5000;

/** A server of the test network on an interface that may not exist yet. */
function serve(interfaceName: string) {
  const clock = createClock();
  const log = new RecordingLogger();
  const served = new ServedPool();
  served.set(leaseTable());
  const pool = { namespace: "default", name: "pool" };
  const metrics = new AgentMetrics(new RecordingRegistry(), pool);
  const wire = new WireMemory({ metrics, log, clock });
  const server = new DhcpServer({
    interfaceName,
    network: createNetwork(),
    clock,
    log,
    served,
    respondAt: (port) =>
      new Responder({
        port,
        served,
        metrics,
        wire,
        log,
        clock,
        logPackets: false,
        logLeases: false,
      }),
    onStatusChange: () => {},
    onBug: () => metrics.internalError(),
  });
  const stop = new AbortController();
  const running = server.run(stop.signal);
  function reach(ready: boolean): Promise<unknown> {
    return waitUntil(() => server.status.ready === ready ? true : undefined, {
      what: `ready ${ready}`,
      limitMs: LIMIT_MS,
      explain: () => server.status.message,
    });
  }
  return {
    server,
    ready: () => reach(true),
    unready: () => reach(false),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

/** Sends a DISCOVER from the other end and waits for the OFFER. */
async function discover(pair: VethPair): Promise<void> {
  using link = new RawLink(pair.peerName);
  link.send(clientFrame());
  const offer = await link.receive((frame) => frame[23] === 17 && frame[37] === 68);
  assert.equal(offer.subarray(58, 62).toHex(), "c000020a");
}

Deno.test("DhcpServer answers on an interface that has no address", async () => {
  await using pair = await createVethPair();
  await using setup = serve(pair.name);
  await setup.ready();
  await discover(pair);
});

Deno.test("DhcpServer survives when its interface goes down, comes up, is deleted and made anew", async () => {
  const names = { name: uniqueInterfaceName("vd"), peerName: uniqueInterfaceName("vp") };
  await using setup = serve(names.name);
  await setup.unready();
  {
    await using first = await createVethPair(names);
    await setup.ready();
    await discover(first);
    await runIn(HERE, "ip", "link", "set", names.name, "down");
    await setup.unready();
    await runIn(HERE, "ip", "link", "set", names.name, "up");
    await setup.ready();
    await discover(first);
    await deleteInterface(HERE, names.name);
    await setup.unready();
  }
  await using second = await createVethPair(names);
  await setup.ready();
  await discover(second);
});

Deno.test("DhcpServer owns its address on the wire without owning it in the kernel", async () => {
  await using place = await NetworkNamespace.create();
  await using pair = await createVethPair({ peerPlace: place });
  await using setup = serve(pair.name);
  await setup.ready();
  await runIn(place, "ip", "address", "add", "192.0.2.10/24", "dev", pair.peerName);
  await runIn(place, "bash", "-c", "printf x > /dev/udp/192.0.2.2/9");
  const neighbour = await waitUntil(async () => {
    const text = await runIn(place, "ip", "neighbour", "show", "192.0.2.2", "dev", pair.peerName);
    return text.includes("lladdr") ? text : undefined;
  }, { what: "an answer to ARP", limitMs: LIMIT_MS });
  const { address } = JSON.parse(
    await runIn(HERE, "ip", "-json", "link", "show", "dev", pair.name),
  )[0];
  assert.ok(neighbour.includes(address), neighbour);
});
