import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mac } from "../../../tests/support/dhcp/dhcp_packets.ts";
import { FakeClock, settle } from "../../../tests/support/clocks/fake_clock.ts";
import { FakeInformer } from "../../../tests/support/kube/fake_informer.ts";
import { FakeNameResolver } from "../../../tests/support/network/fake_name_resolver.ts";
import { RecordingLogger } from "../../../tests/support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../../tests/support/metrics/recording_registry.ts";
import { ippoolSample } from "../../../tests/support/apiserver/samples.ts";
import { parseIPPool } from "../../api/ippool/parse_ippool.ts";
import { formatIpv4Address } from "../../net/ipv4_address.ts";
import { AgentMetrics } from "../agent_metrics.ts";
import { ServedPool } from "../served_pool.ts";
import { WireMemory } from "../wire/wire_memory.ts";
import { PoolFollower } from "./pool_follower.ts";
import { PoolSnapshot } from "./pool_snapshot.ts";
import { SnapshotMetrics } from "./snapshot_metrics.ts";
import { formatSnapshot } from "./snapshot_text.ts";

const KEY = "default/ippool-1";
const POOL = { namespace: "default", name: "ippool-1" };
const LABELS = { ippool: "ippool-1", pool: KEY };
const VM = "fa:cf:8e:50:82:fc";
const NOW_MS = Date.UTC(2024, 0, 1);

function sha256(text: string): Promise<string> {
  return Promise.resolve(createHash("sha256").update(text).digest("hex"));
}

/** A version of the pool that gives the VM an address; none without one. */
function pool(
  address: string | undefined,
  { uid = "u1", resourceVersion = "5", cidr }: {
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly cidr?: string;
  } = {},
) {
  const allocated = address === undefined ? {} : { [address]: VM };
  return ippoolSample({
    metadata: { uid, resourceVersion },
    ...(cidr === undefined ? {} : { ipv4Config: { cidr } }),
    status: { ipv4: { allocated, used: address === undefined ? 0 : 1, available: 7 } },
  });
}

/** A follower whose snapshot, an hour old, gives the VM the address `.82`. */
async function setUp(object: unknown = pool("192.168.48.82")) {
  const clock = new FakeClock(NOW_MS);
  const log = new RecordingLogger();
  const registry = new RecordingRegistry();
  const pools = new FakeInformer(parseIPPool);
  const served = new ServedPool();
  const text = await formatSnapshot(
    { poolKey: KEY, sha256 },
    NOW_MS - 3_600_000,
    JSON.stringify(object),
  );
  const file = { text: text as string | undefined, reads: 0, onRead: () => {} };
  const snapshot = new PoolSnapshot({
    poolKey: KEY,
    sha256,
    file: {
      read: () => {
        file.reads++;
        file.onRead();
        return Promise.resolve(file.text);
      },
      write: (text) => Promise.resolve(void (file.text = text)),
      remove: () => Promise.resolve(void (file.text = undefined)),
    },
    clock,
    log,
    metrics: new SnapshotMetrics(registry, POOL, clock),
  });
  const follower = new PoolFollower({
    ...{ poolKey: KEY, pools, snapshot, clock, log, served },
    wire: new WireMemory({ metrics: new AgentMetrics(registry, POOL), log, clock }),
    resolver: new FakeNameResolver(),
    onStatusChange: () => {},
    onBug: () => assert.fail("a bug"),
  });
  const stop = new AbortController();
  const running = follower.run(stop.signal);
  async function advance(ms: number): Promise<void> {
    await clock.advance(ms);
    for (let turn = 0; turn < 10; turn++) await settle();
  }
  function address(): string | undefined {
    const found = served.table?.addressOf(mac(VM));
    return found === undefined ? undefined : formatIpv4Address(found);
  }
  const stale = () => registry.value("vmdhcpagent_stale", LABELS);
  return {
    ...{ clock, log, pools, served, file, follower, advance, address, stale },
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await running;
    },
  };
}

Deno.test("PoolFollower does not look at the snapshot when the API server gives the pool in time", async () => {
  await using setup = await setUp();
  await setup.advance(900);
  setup.pools.put(pool("192.168.48.83"));
  setup.pools.sync();
  assert.equal(setup.address(), "192.168.48.83");
  assert.equal(setup.file.reads, 0);
  assert.deepEqual([setup.follower.status.reason, setup.stale()], ["Serving", 0]);
});

Deno.test("PoolFollower serves the snapshot after a second, says so with its age, and refuses nobody", async () => {
  await using setup = await setUp();
  await setup.advance(1000);
  assert.equal(setup.address(), "192.168.48.82");
  assert.equal(setup.served.table?.parameters.mayBeOutdated, true);
  assert.deepEqual([setup.follower.status.reason, setup.stale()], ["Stale", 1]);
  assert.equal(setup.follower.stale?.sinceMs, NOW_MS + 1000);
  await setup.advance(4 * 3_600_000);
  assert.deepEqual(setup.follower.notes(), [
    "ippool default/ippool-1 is served as it was at 2023-12-31T23:00:00Z, 5 h ago, from the snapshot: " +
    "since this agent started, the API server has given no version that can be served",
  ]);
});

for (const resourceVersion of ["5", "9", "1"]) {
  Deno.test(`PoolFollower serves version ${resourceVersion} of the API server instead of a snapshot of 5`, async () => {
    await using setup = await setUp();
    await setup.advance(1000);
    setup.pools.put(pool(undefined, { resourceVersion }));
    setup.pools.sync();
    assert.equal(setup.address(), undefined);
    assert.equal(setup.served.table?.parameters.mayBeOutdated, undefined);
    assert.deepEqual([setup.follower.notes(), setup.stale()], [[], 0]);
    await setup.advance(1000);
    assert.match(setup.file.text ?? "", new RegExp(`"resourceVersion":"${resourceVersion}"`));
  });
}

Deno.test("PoolFollower serves no snapshot that it has read when the API server has answered by then", async () => {
  await using setup = await setUp();
  setup.file.onRead = () => setup.pools.put(pool("192.168.48.83"));
  await setup.advance(2000);
  assert.equal(setup.file.reads, 2, "it was read, and once more before it was written");
  assert.equal(setup.address(), "192.168.48.83");
});

Deno.test("PoolFollower drops a snapshot of an earlier pool of the name, though the new one is invalid", async () => {
  for (const cidr of [undefined, "nonsense"]) {
    await using setup = await setUp();
    await setup.advance(1000);
    setup.pools.put(pool(undefined, { uid: "u2", ...cidr === undefined ? {} : { cidr } }));
    assert.equal(setup.address(), undefined);
    assert.equal(setup.stale(), 0);
  }
});

Deno.test("PoolFollower goes on with the snapshot while the API server gives an invalid version of its pool", async () => {
  await using setup = await setUp();
  await setup.advance(1000);
  setup.pools.put(pool("192.168.48.83", { cidr: "nonsense" }));
  assert.equal(setup.address(), "192.168.48.82");
  assert.deepEqual([setup.follower.status.reason, setup.follower.notes().length], [
    "PoolInvalid",
    2,
  ]);
});

Deno.test("PoolFollower begins with the snapshot when all that the API server gives is an invalid version of its pool", async () => {
  for (const uid of ["u1", "u2"]) {
    await using setup = await setUp();
    setup.pools.put(pool("192.168.48.83", { cidr: "nonsense", uid }));
    setup.pools.sync();
    await setup.advance(0);
    const isSame = uid === "u1";
    assert.equal(setup.address(), isSame ? "192.168.48.82" : undefined);
    assert.equal(setup.served.table?.parameters.mayBeOutdated, isSame ? true : undefined);
    const { ready, reason } = setup.follower.status;
    assert.deepEqual([ready, reason, setup.stale()], [isSame, "PoolInvalid", isSame ? 1 : 0]);
    assert.match(setup.file.text ?? "", /"192.168.48.82"/, "it stays");
    setup.pools.put(pool("192.168.48.84", { uid }));
    assert.equal(setup.address(), "192.168.48.84");
    assert.deepEqual([setup.follower.status.reason, setup.stale()], ["Serving", 0]);
  }
});

Deno.test("PoolFollower serves no snapshot when its pool becomes good or goes while the snapshot is read", async () => {
  for (const address of ["192.168.48.83", undefined]) {
    await using setup = await setUp();
    setup.file.onRead = () => {
      if (address === undefined) setup.pools.remove(KEY);
      else setup.pools.put(pool(address));
    };
    setup.pools.put(pool("192.168.48.83", { cidr: "nonsense" }));
    setup.pools.sync();
    await setup.advance(0);
    assert.equal(setup.address(), address);
    assert.equal(setup.stale(), 0);
  }
});

Deno.test("PoolFollower refuses a snapshot whose pool cannot be served", async () => {
  for (const object of [pool("192.168.48.82", { cidr: "nonsense" }), { metadata: POOL, spec: 7 }]) {
    await using setup = await setUp(object);
    await setup.advance(1000);
    assert.deepEqual([setup.served.table, setup.follower.status.reason], [undefined, "NotSynced"]);
    const lines = setup.log.lines.filter(({ msg }) => msg.startsWith("snapshot refused"));
    assert.equal(lines.length, 1);
  }
});

Deno.test("PoolFollower falls silent and tells so when its pool is deleted, and not when it never was", async () => {
  for (const wasThere of [true, false]) {
    await using setup = await setUp();
    let isGone = false;
    setup.follower.whenGone().then(() => isGone = true);
    if (wasThere) setup.pools.put(pool("192.168.48.83"));
    setup.pools.sync();
    await setup.advance(500);
    setup.pools.remove(KEY);
    assert.equal(setup.served.table, undefined, "at once");
    await setup.advance(2000);
    assert.deepEqual([isGone, setup.file.text], [wasThere, undefined]);
    assert.equal(setup.follower.status.reason, "PoolNotFound");
  }
});

Deno.test("PoolFollower leaves what its cache holds as it was (A3 of the Go version)", async () => {
  await using setup = await setUp();
  const object = pool("192.168.48.83");
  const before = structuredClone(object);
  setup.pools.put(object);
  setup.pools.sync();
  await setup.advance(2000);
  assert.equal(setup.address(), "192.168.48.83");
  assert.deepEqual(object, before);
});

Deno.test("PoolFollower begins with a pool of which it cannot read an optional value, and names that", async () => {
  await using setup = await setUp();
  const { spec, ...object } = pool("192.168.48.83");
  const { ipv4Config } = spec as { ipv4Config: Record<string, unknown> };
  const changed = { ...ipv4Config, dns: ["bogus"], domainName: "a".repeat(300) };
  setup.pools.put({ ...object, spec: { ...spec as object, ipv4Config: changed } } as never);
  setup.pools.sync();
  assert.equal(setup.address(), "192.168.48.83");
  const { ready, reason, message } = setup.follower.status;
  assert.deepEqual([ready, reason], [true, "Serving"]);
  assert.match(
    message,
    /is served without .*domainName: must .*; spec\.ipv4Config\.dns\[0\]: must/,
  );
});
