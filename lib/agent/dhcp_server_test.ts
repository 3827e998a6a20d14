import assert from "node:assert/strict";
import {
  clientFrame,
  ip,
  leaseTable,
  M1,
  M2,
  SERVER_IP,
} from "../../tests/support/dhcp/dhcp_packets.ts";
import {
  isServing,
  POOL_LABELS,
  setUpDhcpServer,
  until,
} from "../../tests/support/network/dhcp_server_setup.ts";
import { settle } from "../../tests/support/clocks/fake_clock.ts";
import type { FakeInterface } from "../../tests/support/network/fake_network.ts";
import { encodeGratuitousArp } from "../net/arp.ts";
import { formatMacAddress, type MacAddress } from "../net/mac_address.ts";
import { ErrnoError } from "../sys/contract.ts";

const RETRY_MS_MAX = 1000;
const INSPECT_MS_MAX = 5000;

const CLAIM_MS_MAX = 310_000;

/** By then it has surely seen a change, and a retry after a failure is not due yet. */
const INSPECT_MS = 500;

Deno.test("DhcpServer is silent until it has a table, and again once it has none", async () => {
  await using setup = setUpDhcpServer();
  const eth1 = setup.network.add("eth1");
  setup.start();
  assert.equal(await isServing(eth1), false);
  setup.served.set(leaseTable());
  assert.equal(await isServing(eth1), true);
  setup.served.set(undefined);
  assert.equal(await isServing(eth1), false);
});

Deno.test("DhcpServer waits for an interface that does not exist yet", async () => {
  await using setup = setUpDhcpServer();
  setup.served.set(leaseTable());
  setup.start();
  await until("a status", () => setup.statuses.length > 0);
  assert.deepEqual(setup.server.status, {
    ready: false,
    reason: "InterfaceNotFound",
    message: "interface eth1 does not exist in this network namespace; it is served once it " +
      "does (check its name; of a pod, the network attachment)",
  });
  const eth1 = setup.network.add("eth1");
  await setup.clock.advance(RETRY_MS_MAX);
  assert.equal(setup.server.status.ready, true);
  assert.equal(await isServing(eth1), true);
});

Deno.test("DhcpServer says that its interface is down, and goes on when it is up", async () => {
  await using setup = setUpDhcpServer();
  const eth1 = setup.network.add("eth1");
  setup.served.set(leaseTable());
  setup.start();
  assert.equal(await isServing(eth1), true);
  eth1.up = false;
  await until("not ready", () => !setup.server.status.ready);
  assert.equal(setup.server.status.reason, "InterfaceDown");
  await setup.clock.advance(RETRY_MS_MAX);
  assert.match(setup.server.status.message, /eth1 is down; .*ip link set eth1 up/);
  eth1.up = true;
  await setup.clock.advance(RETRY_MS_MAX);
  assert.equal(await isServing(eth1), true);
});

Deno.test("DhcpServer serves an interface that was deleted and made anew", async () => {
  await using setup = setUpDhcpServer();
  const first = setup.network.add("eth1");
  setup.served.set(leaseTable());
  setup.start();
  assert.equal(await isServing(first), true);
  setup.network.remove("eth1");
  await until("not ready", () => !setup.server.status.ready);
  const second = setup.network.add("eth1");
  await setup.clock.advance(RETRY_MS_MAX);
  assert.equal(await isServing(second), true);
  assert.deepEqual([first.openPorts, second.openPorts], [0, 1]);
});

Deno.test("DhcpServer opens an interface again that was replaced by a similar one", async () => {
  await using setup = setUpDhcpServer();
  const first = setup.network.add("eth1");
  setup.served.set(leaseTable());
  setup.start();
  assert.equal(await isServing(first), true);
  const second = setup.network.add("eth1", first.macAddress);
  await setup.clock.advance(INSPECT_MS);
  assert.equal(await isServing(second), true);
  assert.equal(first.openPorts, 0);
});

const CHANGES: readonly {
  readonly what: string;
  readonly change: (eth1: FakeInterface) => void;
}[] = [
  { what: "another MAC address", change: (eth1) => eth1.macAddress = 0x020000000abc as MacAddress },
  { what: "another MTU", change: (eth1) => eth1.mtuBytes = 9000 },
];

for (const { what, change } of CHANGES) {
  Deno.test(`DhcpServer opens the interface again when it gets ${what}`, async () => {
    await using setup = setUpDhcpServer();
    const eth1 = setup.network.add("eth1");
    setup.served.set(leaseTable());
    setup.start();
    assert.equal(await isServing(eth1), true);
    change(eth1);
    await setup.clock.advance(INSPECT_MS);
    assert.equal(await isServing(eth1), true, "it does not wait as after a failure");
    await setup.clock.advance(INSPECT_MS_MAX);
    assert.deepEqual(setup.statuses.map(({ ready }) => ready), [true], "it never was unready");
    assert.equal(await isServing(eth1), true);
    assert.equal(eth1.openPorts, 1);
    assert.equal(setup.log.lines.filter(({ msg }) => msg === "interface changed").length, 1);
  });
}

Deno.test("DhcpServer reports what the kernel refuses, once, and tries again", async () => {
  await using setup = setUpDhcpServer();
  const eth1 = setup.network.add("eth1");
  setup.network.openError = new ErrnoError("socket", 1, "EPERM", "give it CAP_NET_RAW");
  setup.served.set(leaseTable());
  setup.start();
  await setup.clock.advance(3 * RETRY_MS_MAX);
  assert.deepEqual(setup.statuses, [{
    ready: false,
    reason: "PermissionDenied",
    message: "socket failed: EPERM: give it CAP_NET_RAW",
  }]);
  assert.equal(setup.log.lines.length, 1);
  setup.network.openError = undefined;
  await setup.clock.advance(RETRY_MS_MAX);
  assert.equal(await isServing(eth1), true);
});

Deno.test("DhcpServer.run() ends when its signal aborts, and gives the interface back", async () => {
  const setup = setUpDhcpServer();
  const eth1 = setup.network.add("eth1");
  setup.start();
  await until("ready", () => setup.server.status.ready);
  assert.equal(eth1.openPorts, 1);
  await setup.stop();
  assert.equal(eth1.openPorts, 0);
  assert.equal(setup.server.status.reason, "Stopped");
  assert.equal(setup.clock.sleeping, 0);
});

Deno.test("DhcpServer.run() ends at once while it waits for its interface", async () => {
  const setup = setUpDhcpServer();
  setup.start();
  await until("a status", () => setup.statuses.length > 0);
  await setup.stop();
  assert.equal(setup.clock.sleeping, 0);
});

Deno.test("DhcpServer counts the frames that were too long", async () => {
  await using setup = setUpDhcpServer();
  const eth1 = setup.network.add("eth1");
  setup.start();
  await until("ready", () => setup.server.status.ready);
  const long = new Uint8Array(2000);
  long.set(clientFrame());
  eth1.receive(long);
  await setup.clock.advance(INSPECT_MS_MAX);
  const lost = { ...POOL_LABELS, reason: "tooLong" };
  assert.equal(setup.registry.value("vmdhcpagent_lost_frames_total", lost), 1);
});

Deno.test("DhcpServer counts the frames that the queue lost", async () => {
  await using setup = setUpDhcpServer();
  const eth1 = setup.network.add("eth1");
  setup.served.set(leaseTable());
  setup.start();
  await until("ready", () => setup.server.status.ready);
  for (let i = 0; i < 10_010; i++) eth1.receive(clientFrame());
  const lost = { ...POOL_LABELS, reason: "overrun" };
  function counted(outcome: string): number {
    const series = { ...POOL_LABELS, type: "DISCOVER", outcome };
    return setup.registry.value("vmdhcpagent_packets_total", series);
  }
  const passedOver = { ...POOL_LABELS, reason: "overload" };
  async function seen(): Promise<number> {
    await setup.clock.advance(INSPECT_MS);
    const overload = setup.registry.value("vmdhcpagent_lost_frames_total", passedOver);
    return counted("offer") + overload;
  }
  while (await seen() < 10_000);
  assert.equal(await seen(), 10_000);
  assert.equal(setup.registry.value("vmdhcpagent_lost_frames_total", lost), 10);
});

/** What a host sends when it begins to use the server's address. */
function claimOf(macAddress: MacAddress): Uint8Array {
  return encodeGratuitousArp({ serverIp: ip(SERVER_IP), macAddress });
}

Deno.test("DhcpServer reports another host that uses its address, and serves on", async () => {
  await using setup = setUpDhcpServer();
  const eth1 = setup.network.add("eth1");
  setup.served.set(leaseTable());
  setup.start();
  assert.equal(await isServing(eth1), true);
  eth1.receive(claimOf(eth1.macAddress));
  await setup.clock.advance(INSPECT_MS);
  assert.equal(setup.server.status.reason, "Serving", "its own announcement is no claim");

  for (const claimant of [M1, M2]) {
    eth1.receive(claimOf(claimant));
    await settle();
  }
  await setup.clock.advance(INSPECT_MS);
  const { ready, reason, message } = setup.server.status;
  assert.deepEqual([ready, reason], [true, "ServerAddressClaimed"]);
  assert.ok(message.includes(`${formatMacAddress(M1)} uses the server's address ${SERVER_IP}`));
  const warnings = setup.log.lines.filter(({ level }) => level === "warn");
  assert.deepEqual(warnings.map(({ msg }) => msg), [
    "another host uses the address of this DHCP server",
    "interface status",
  ], "each of the two is named once");
  assert.equal(
    setup.registry.value("vmdhcpagent_server_address_claims_total", POOL_LABELS),
    2,
  );
  assert.equal(await isServing(eth1), true);

  await setup.clock.advance(CLAIM_MS_MAX);
  assert.equal(setup.server.status.reason, "Serving", "it was the last that was heard of it");
});

Deno.test("DhcpServer forgets the other user of an address that it no longer has", async () => {
  await using setup = setUpDhcpServer();
  const eth1 = setup.network.add("eth1");
  setup.served.set(leaseTable());
  setup.start();
  await until("ready", () => setup.server.status.ready);
  eth1.receive(claimOf(M1));
  await settle();
  setup.served.set(undefined);
  await setup.clock.advance(INSPECT_MS);
  assert.equal(setup.server.status.reason, "Serving");
});
