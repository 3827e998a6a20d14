/** What must not end serving: failures of the system, bugs, and clocks that are set. */

import assert from "node:assert/strict";
import {
  clientFrame,
  ip,
  leaseTable,
  M1,
  M2,
  MX,
  poolParameters,
} from "../../tests/support/dhcp/dhcp_packets.ts";
import {
  isServing,
  POOL_LABELS,
  replies,
  setUpDhcpServer,
} from "../../tests/support/network/dhcp_server_setup.ts";
import { settle } from "../../tests/support/clocks/fake_clock.ts";
import type { MacAddress } from "../net/mac_address.ts";
import { ErrnoError } from "../sys/contract.ts";

/** By then it has surely seen a change. */
const INSPECT_MS = 500;

Deno.test("DhcpServer goes on with its port while the interface cannot be looked at", async () => {
  for (const code of ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "EINTR", "EAGAIN", "EPERM"]) {
    await using setup = setUpDhcpServer();
    const eth1 = setup.network.add("eth1");
    setup.served.set(leaseTable());
    setup.start();
    assert.equal(await isServing(eth1), true);
    setup.network.inspectError = setup.network.openError = new ErrnoError("socket", 24, code);
    await setup.clock.advance(10 * INSPECT_MS);
    assert.equal(await isServing(eth1), true, code);
    assert.deepEqual(setup.statuses.map(({ reason }) => reason), ["Serving"]);
    const warnings = setup.log.lines.filter(({ level }) => level === "warn");
    assert.equal(warnings.length, 1, "it says so once");
    setup.network.inspectError = undefined;
    eth1.mtuBytes = 9000;
    await setup.clock.advance(INSPECT_MS);
    assert.equal(await isServing(eth1), true, "a change of the interface needs no descriptor");
  }
});

Deno.test("DhcpServer serves an interface that comes back while nothing can be opened", async () => {
  await using setup = setUpDhcpServer();
  const first = setup.network.add("eth1");
  setup.served.set(leaseTable());
  setup.start();
  assert.equal(await isServing(first), true);
  setup.network.openError = new ErrnoError("socket", 24, "EMFILE");
  first.up = false;
  await setup.clock.advance(INSPECT_MS);
  assert.equal(setup.server.status.reason, "InterfaceDown");
  first.up = true;
  await setup.clock.advance(INSPECT_MS);
  assert.equal(await isServing(first), true);
  setup.network.remove("eth1");
  await setup.clock.advance(INSPECT_MS);
  assert.equal(setup.server.status.reason, "InterfaceNotFound");
  const second = setup.network.add("eth1");
  await setup.clock.advance(INSPECT_MS);
  assert.equal(await isServing(second), true);
});

Deno.test("DhcpServer keeps its port when it cannot be bound again, and tries again", async () => {
  await using setup = setUpDhcpServer();
  const eth1 = setup.network.add("eth1");
  setup.served.set(leaseTable());
  setup.start();
  assert.equal(await isServing(eth1), true);
  setup.network.reopenError = new ErrnoError("bind (interface eth1)", 12, "ENOMEM");
  eth1.mtuBytes = 9000;
  await setup.clock.advance(3 * INSPECT_MS);
  assert.equal(await isServing(eth1), true, "the old port works");
  assert.equal(setup.server.status.ready, true);
  setup.network.reopenError = undefined;
  await setup.clock.advance(INSPECT_MS);
  assert.equal(setup.log.lines.filter(({ msg }) => msg === "interface changed").length, 1);
  assert.equal(await isServing(eth1), true);
});

Deno.test("DhcpServer goes on after a bug in its loop, and counts it", async () => {
  await using setup = setUpDhcpServer();
  const eth1 = setup.network.add("eth1");
  setup.served.set(leaseTable());
  setup.start();
  assert.equal(await isServing(eth1), true);
  eth1.drainError = new TypeError("a bug");
  eth1.receive(clientFrame());
  await settle();
  eth1.drainError = undefined;
  await setup.clock.advance(INSPECT_MS);
  assert.equal(await isServing(eth1), true);
  assert.equal(setup.registry.value("vmdhcpagent_internal_errors_total", POOL_LABELS), 1);
  assert.equal(setup.server.status.ready, true);
});

Deno.test("DhcpServer answers whatever the host's clock is set to", async () => {
  await using setup = setUpDhcpServer();
  const eth1 = setup.network.add("eth1");
  setup.served.set(leaseTable());
  setup.start();
  assert.equal(await isServing(eth1), true);
  for (const jumpMs of [60 * 86_400_000, -60 * 86_400_000, 6000, -6000]) {
    // The frame was stamped before the jump.
    const stampedMs = eth1.nowMs();
    let stamps = 0;
    eth1.nowMs = () => stamps++ === 0 ? stampedMs : stampedMs + jumpMs;
    assert.equal(await isServing(eth1), true, `a jump of ${jumpMs} ms`);
    await setup.clock.advance(INSPECT_MS);
  }
});

Deno.test("DhcpServer passes over the flooder and no bound client when more comes than it can answer", async () => {
  await using setup = setUpDhcpServer();
  const eth1 = setup.network.add("eth1");
  setup.served.set(leaseTable());
  setup.start();
  assert.equal(await isServing(eth1), true);
  const before = replies(eth1).length;
  const flood = clientFrame({ mac: MX });
  for (let i = 0; i < 4999; i++) eth1.receive(flood);
  eth1.receive(clientFrame({ mac: M1 }));
  for (let i = 0; i < 4999; i++) eth1.receive(flood);
  eth1.receive(clientFrame({ mac: M2 }));
  const value = (metric: string, labels: Record<string, string>) =>
    setup.registry.value(`vmdhcpagent_${metric}`, { ...POOL_LABELS, ...labels });
  await setup.clock.advance(INSPECT_MS);
  while (value("packets_total", { type: "DISCOVER", outcome: "offer" }) < 3) {
    await setup.clock.advance(INSPECT_MS);
  }
  assert.equal(replies(eth1).length, before + 2, "one OFFER for each of the bound clients");
  await setup.clock.advance(2000);
  const passedOver = value("lost_frames_total", { reason: "overload" });
  const seen = value("packets_total", { type: "DISCOVER", outcome: "unknownMac" });
  assert.ok(passedOver > 0);
  assert.equal(passedOver + seen, 9998);
});

Deno.test("DhcpServer gives a relay agent that the pool lists the share of a bound client", async () => {
  await using setup = setUpDhcpServer();
  const eth1 = setup.network.add("eth1");
  const relay = { ethernetSource: 0x020000000007 as MacAddress, giaddr: "192.0.2.7" };
  const relays = { relays: [ip(relay.giaddr)], relayMacs: [relay.ethernetSource] };
  setup.served.set(leaseTable(poolParameters(relays)));
  setup.start();
  assert.equal(await isServing(eth1), true);
  const before = replies(eth1).length;
  const flood = clientFrame({ mac: MX });
  for (let i = 0; i < 2400; i++) eth1.receive(flood);
  for (let i = 0; i < 10; i++) eth1.receive(clientFrame({ ...relay, mac: M1 }));
  for (let i = 0; i < 7590; i++) eth1.receive(flood);
  const labels = { ...POOL_LABELS, type: "DISCOVER", outcome: "unknownMac" };
  const seen = () =>
    setup.registry.value("vmdhcpagent_packets_total", labels) +
    setup.registry.value("vmdhcpagent_lost_frames_total", { ...POOL_LABELS, reason: "overload" });
  while (seen() < 9990) await setup.clock.advance(INSPECT_MS);
  assert.equal(replies(eth1).length, before + 10);
});

Deno.test("DhcpServer counts as stuck when it takes no frame at ten looks in a row, until it takes one", async () => {
  await using setup = setUpDhcpServer();
  const eth1 = setup.network.add("eth1");
  setup.served.set(leaseTable());
  setup.start();
  assert.equal(await isServing(eth1), true);
  await setup.clock.advance(60_000);
  assert.equal(setup.server.fault, undefined, "no frame waits");
  eth1.isDeaf = true;
  eth1.receive(clientFrame());
  await setup.clock.advance(9 * INSPECT_MS);
  assert.equal(setup.server.fault, undefined);
  await setup.clock.advance(2 * INSPECT_MS);
  assert.match(setup.server.fault ?? "", /^frames wait on interface eth1 and none is taken/);
  assert.deepEqual([setup.server.status.ready, setup.server.status.reason], [false, "LoopStuck"]);
  eth1.isDeaf = false;
  for (let turn = 0; turn < 5; turn++) await settle();
  await setup.clock.advance(INSPECT_MS);
  assert.deepEqual([setup.server.fault, setup.server.status.reason], [undefined, "Serving"]);
});

Deno.test("DhcpServer is not stuck when its process was stopped, its clock was set, or its interface is down", async () => {
  await using setup = setUpDhcpServer();
  const eth1 = setup.network.add("eth1");
  setup.served.set(leaseTable());
  setup.start();
  assert.equal(await isServing(eth1), true);
  for (const jumpMs of [3_600_000, -3_600_000, 0]) {
    // Frames came meanwhile, and the first look after it is due at once.
    eth1.isDeaf = true;
    eth1.receive(clientFrame());
    setup.clock.wallSkewMs += jumpMs;
    await setup.clock.advance(INSPECT_MS);
    eth1.isDeaf = false;
    for (let turn = 0; turn < 5; turn++) await settle();
    await setup.clock.advance(3_600_000);
    assert.equal(setup.server.fault, undefined);
  }
  eth1.up = false;
  eth1.receive(clientFrame());
  await setup.clock.advance(60_000);
  assert.deepEqual([setup.server.fault, setup.server.status.reason], [undefined, "InterfaceDown"]);
});
