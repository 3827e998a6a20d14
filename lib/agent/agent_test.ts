import assert from "node:assert/strict";
import { clientFrame, ip, mac } from "../../tests/support/dhcp/dhcp_packets.ts";
import { until } from "../../tests/support/network/dhcp_server_setup.ts";
import { FakeClock, settle } from "../../tests/support/clocks/fake_clock.ts";
import { FakeInformer } from "../../tests/support/kube/fake_informer.ts";
import { FakeNameResolver } from "../../tests/support/network/fake_name_resolver.ts";
import { FakeNetwork } from "../../tests/support/network/fake_network.ts";
import { RecordingLogger } from "../../tests/support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../tests/support/metrics/recording_registry.ts";
import { ippoolSample } from "../../tests/support/apiserver/samples.ts";
import { parseIPPool } from "../api/ippool/parse_ippool.ts";
import { encodeGratuitousArp } from "../net/arp.ts";
import type { Ipv4Address } from "../net/ipv4_address.ts";
import { Agent } from "./agent.ts";

const POOL = { namespace: "default", name: "ippool-1" };
const READY = 'vmdhcpagent_ready{ippool="ippool-1",pool="default/ippool-1"}';
const LABELS = { ippool: "ippool-1", pool: "default/ippool-1" };
const VM = mac("fa:cf:8e:50:82:fc");
const ALLOCATED = { "192.168.48.81": "EXCLUDED", "192.168.48.84": "fa:cf:8e:50:82:fc" };

function pool(ipv4Config: Record<string, unknown> = {}, spec: Record<string, unknown> = {}) {
  const status = { ipv4: { allocated: ALLOCATED, used: 1, available: 7 } };
  return ippoolSample({ ipv4Config, spec, status });
}

function setUp() {
  const network = new FakeNetwork();
  const eth1 = network.add("eth1");
  const pools = new FakeInformer(parseIPPool);
  const resolver = new FakeNameResolver();
  const clock = new FakeClock();
  const registry = new RecordingRegistry();
  const log = new RecordingLogger();
  const reasons: string[] = [];
  const agent: Agent = new Agent({
    pool: POOL,
    interfaceName: "eth1",
    pools,
    network,
    resolver,
    clock,
    log,
    registry,
    logPackets: false,
    logLeases: false,
    onStatusChange: () => reasons.push(agent.status.reason),
  });
  const stop = new AbortController();
  const running = agent.run(stop.signal);
  async function end(): Promise<void> {
    stop.abort();
    await running;
  }
  /** The reply to a DISCOVER of the VM, as hexadecimal text; `undefined` for silence. */
  async function discover(): Promise<string | undefined> {
    const before = eth1.sent.length;
    eth1.receive(clientFrame({ mac: VM }));
    for (let turn = 0; turn < 20 && eth1.sent.length === before; turn++) await settle();
    return eth1.sent[before]?.toHex();
  }
  const ready = () => registry.value("vmdhcpagent_ready", LABELS);
  return {
    network,
    eth1,
    pools,
    resolver,
    clock,
    log,
    registry,
    reasons,
    agent,
    end,
    discover,
    ready,
    [Symbol.asyncDispose]: end,
  };
}

/** The same, once the agent serves its pool. */
async function serving() {
  const setup = setUp();
  setup.pools.put(pool());
  await until("ready", () => setup.agent.status.ready);
  return setup;
}

Deno.test("Agent is silent and not ready until its pool has been read", async () => {
  await using setup = setUp();
  assert.equal(await setup.discover(), undefined);
  assert.deepEqual([setup.agent.status.reason, setup.agent.table], ["NotSynced", undefined]);
  assert.equal(setup.ready(), 0);
});

Deno.test("Agent serves its pool as soon as it has been read, and no other", async () => {
  await using setup = setUp();
  setup.pools.put(pool());
  const other = ippoolSample({ metadata: { name: "other" }, ipv4Config: { cidr: "bad" } });
  setup.pools.put(other);
  setup.pools.sync();
  await until("ready", () => setup.agent.status.ready);
  // Announcing the server's address came first.
  assert.match(await setup.discover() ?? "", /c0a83054/);
  assert.equal(setup.agent.table?.size, 1);
  assert.deepEqual(setup.agent.status, {
    ready: true,
    reason: "Serving",
    message: "ippool default/ippool-1 is served",
  });
  assert.equal(setup.ready(), 1);
});

Deno.test("Agent serves what is known already when it is made while the informer runs", async () => {
  const pools = new FakeInformer(parseIPPool);
  pools.put(pool());
  pools.sync();
  const options = {
    pool: POOL,
    interfaceName: "eth1",
    pools,
    network: new FakeNetwork(),
    resolver: new FakeNameResolver(),
    clock: new FakeClock(),
    log: new RecordingLogger(),
    registry: new RecordingRegistry(),
    logPackets: false,
    logLeases: false,
    onStatusChange: () => {},
  };
  const agent = new Agent(options);
  const stop = new AbortController();
  let followed: AbortSignal | undefined;
  pools.run = (signal?: AbortSignal) => Promise.resolve(void (followed = signal));
  const running = agent.run(stop.signal);
  await until("a table", () => agent.table !== undefined);
  assert.equal(agent.status.reason, "InterfaceNotFound");
  assert.equal(followed, stop.signal, "it runs the informer");
  stop.abort();
  await running;
});

Deno.test("Agent puts an edit of the pool into the next reply", async () => {
  await using setup = await serving();
  const before = await setup.discover();
  setup.pools.put(pool({ dns: ["9.9.9.9"] }));
  const after = await setup.discover();
  assert.match(before ?? "", /060401010101/);
  assert.match(after ?? "", /060409090909/);
});

for (const serverIP of ["192.168.48.777", "192.168.48.78", "1.2.3.4"]) {
  Deno.test(`Agent goes on with the last good version when its pool in use gets server ${serverIP}`, async () => {
    await using setup = await serving();
    const before = await setup.discover();
    setup.pools.put(pool({ serverIP }));
    assert.equal(await setup.discover(), before);
    assert.deepEqual([setup.agent.status.ready, setup.agent.status.reason], [true, "PoolInvalid"]);
    assert.match(setup.agent.status.message, /serverIP: .*its last valid version is served/);
    setup.resolver.names.set("pool.ntp.org", ["192.0.2.123"]);
    await setup.clock.advance(60_000);
    assert.equal(setup.agent.status.reason, "PoolInvalid", "an address of a name mends nothing");
    setup.pools.put(pool());
    assert.equal(setup.agent.status.reason, "Serving");
  });
}

Deno.test("Agent is not ready when its pool never parsed", async () => {
  await using setup = setUp();
  setup.pools.put(pool({ cidr: "nonsense" }));
  setup.pools.sync();
  assert.equal(await setup.discover(), undefined);
  assert.deepEqual([setup.agent.status.ready, setup.agent.status.reason], [false, "PoolInvalid"]);
});

Deno.test("Agent is silent when its pool is gone, and serves it when it is back", async () => {
  await using setup = await serving();
  setup.pools.remove(LABELS.pool);
  assert.equal(await setup.discover(), undefined);
  assert.deepEqual([setup.agent.status.reason, setup.agent.table], ["PoolNotFound", undefined]);
  const asked = setup.resolver.asked.length;
  await setup.clock.advance(600_000);
  assert.equal(setup.resolver.asked.length, asked, "its names are looked up no more");
  setup.pools.put(pool());
  await until("ready", () => setup.agent.status.ready);
});

Deno.test("Agent says that its pool does not exist once the first list is in", async () => {
  await using setup = setUp();
  setup.pools.sync();
  await until("a status", () => setup.agent.status.reason === "PoolNotFound");
  assert.equal(setup.agent.status.ready, false);
  setup.network.remove("eth1");
  await until("no interface", () => !setup.agent.interfaceStatus.ready);
  assert.equal(setup.agent.status.reason, "PoolNotFound", "which is said first");
});

Deno.test("Agent stays silent when a look-up ends after its pool was deleted", async () => {
  await using setup = setUp();
  const found = Promise.withResolvers<readonly Ipv4Address[]>();
  let isAsked = false;
  setup.resolver.resolve = () => {
    isAsked = true;
    return found.promise;
  };
  setup.pools.put(pool());
  await until("a look-up", () => isAsked);
  setup.pools.remove(LABELS.pool);
  found.resolve([ip("192.0.2.123")]);
  assert.equal(await setup.discover(), undefined);
  assert.deepEqual([setup.agent.status.reason, setup.agent.table], ["PoolNotFound", undefined]);
});

Deno.test("Agent warns of a pool that cannot be used, of its last version and of none", async () => {
  await using setup = setUp();
  setup.pools.put(pool());
  setup.pools.put(pool({ serverIP: "192.168.48.777" }));
  setup.pools.remove(LABELS.pool);
  setup.pools.put(pool({ cidr: "nonsense" }));
  const told = setup.log.lines.filter(({ msg }) => msg === "pool status");
  assert.deepEqual(told.map(({ level, fields }) => `${level} ${fields["reason"]}`), [
    "info Serving",
    "warn PoolInvalid",
    "warn PoolNotFound",
    "warn PoolInvalid",
  ]);
});

Deno.test("Agent tells of another host that uses its address unless its pool has worse to tell", async () => {
  await using setup = await serving();
  const { serverIp } = setup.agent.table!.parameters;
  setup.eth1.receive(encodeGratuitousArp({ serverIp, macAddress: VM }));
  await settle();
  await setup.clock.advance(1000);
  const { ready, reason } = setup.agent.status;
  assert.deepEqual([ready, reason], [true, "ServerAddressClaimed"]);
  setup.pools.put(pool({ serverIP: "192.168.48.777" }));
  assert.equal(setup.agent.status.reason, "PoolInvalid");
});

Deno.test("Agent outlives an informer that ends before its first sync", async () => {
  await using setup = setUp();
  setup.pools.fail(new Error("stopped"));
  await settle();
  assert.equal(setup.agent.status.reason, "NotSynced");
});

Deno.test("Agent of a paused pool is ready and answers no client", async () => {
  await using setup = setUp();
  setup.pools.put(pool({}, { paused: true }));
  await until("ready", () => setup.agent.status.ready);
  assert.equal(setup.agent.status.reason, "Paused");
  assert.equal(await setup.discover(), undefined);
});

Deno.test("Agent puts the addresses of an NTP server's name into replies once they are known", async () => {
  await using setup = await serving();
  assert.doesNotMatch(await setup.discover() ?? "", /2a04c000027b/);
  setup.resolver.names.set("pool.ntp.org", ["192.0.2.123"]);
  await setup.clock.advance(60_000);
  assert.match(await setup.discover() ?? "", /2a04c000027b/);
});

Deno.test("Agent is not ready while its interface is missing, and says which", async () => {
  await using setup = await serving();
  setup.network.remove("eth1");
  await until("not ready", () => !setup.agent.status.ready);
  await setup.clock.advance(1000);
  assert.equal(setup.agent.status.reason, "InterfaceNotFound");
  assert.match(setup.agent.status.message, /eth1/);
  assert.equal(setup.ready(), 0);
});

Deno.test("Agent.run() ends when its signal aborts, and follows no pool after that", async () => {
  const setup = setUp();
  setup.pools.put(pool());
  await until("ready", () => setup.agent.status.ready);
  await setup.end();
  const seen = setup.reasons.length;
  setup.pools.remove(LABELS.pool);
  assert.equal(setup.reasons.length, seen);
  assert.equal(setup.clock.sleeping, 0);
  assert.equal(setup.registry.values.has(READY), false);
});
