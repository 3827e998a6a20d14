import assert from "node:assert/strict";
import { settle } from "../../../tests/support/clocks/fake_clock.ts";
import { leaseTable } from "../../../tests/support/dhcp/dhcp_packets.ts";
import { QUIET_WIRE } from "../../../tests/support/controller/agent_worlds.ts";
import { FakeInformer } from "../../../tests/support/kube/fake_informer.ts";
import { RecordingLogger } from "../../../tests/support/metrics/recording_logger.ts";
import { parseIPPool } from "../../api/ippool/parse_ippool.ts";
import type { KubeObject } from "../../api/meta.ts";
import {
  INTERFACE_ANNOTATION,
  parseNetworkAttachmentDefinition,
} from "../../api/network_attachment_definition.ts";
import type { LeaseTable } from "../../dhcpv4/lease.ts";
import { AgentSet } from "./agent_set.ts";
import { NetworkInterfaces } from "./network_interfaces.ts";

function poolOn(networkName: string): KubeObject {
  return {
    apiVersion: "network.harvesterhci.io/v1alpha1",
    kind: "IPPool",
    metadata: { name: "p", namespace: "default" },
    spec: {
      networkName,
      ipv4Config: {
        serverIP: "192.0.2.2",
        cidr: "192.0.2.0/24",
        pool: { start: "192.0.2.10", end: "192.0.2.20" },
      },
    },
  };
}

/** A network that says which interface carries it. */
function network(name: string, interfaceName?: string): KubeObject {
  const annotations = interfaceName === undefined ? {} : { [INTERFACE_ANNOTATION]: interfaceName };
  return {
    apiVersion: "k8s.cni.cncf.io/v1",
    kind: "NetworkAttachmentDefinition",
    metadata: { name, namespace: "default", annotations },
    spec: { config: "{}" },
  };
}

/** @param turns How many turns of the event loop an agent takes to end. */
function setUp(turns = 0) {
  const pools = new FakeInformer(parseIPPool);
  const networks = new FakeInformer(parseNetworkAttachmentDefinition);
  const log = new RecordingLogger();
  const running: string[] = [];
  const changed: string[] = [];
  /** Agents that end at once with a bug. */
  const fails = new Set<string>();
  /** What every agent says, and how the last one says that it says something else. */
  const said = {
    status: { ready: false, reason: "InterfaceMissing", message: "no interface br0" },
    table: undefined as LeaseTable | undefined,
    fault: undefined as string | undefined,
    notes: [] as readonly string[],
    wire: {
      lastSeenOf: () => undefined,
      latest: () => ({ lastSeen: [], leftOut: 0 }),
      unknown: () => [],
      report: () => QUIET_WIRE,
      dumpVersion: () => ({}),
    },
    tell: () => {},
  };
  const set = new AgentSet({
    pools,
    interfaces: new NetworkInterfaces({
      fixed: new Map([["default/net-a", "br0"], ["default/net-b", "br1"]]),
      networks,
      log,
    }),
    createAgent(pool, interfaceName, onStatusChange) {
      said.tell = onStatusChange;
      return {
        get status() {
          return said.status;
        },
        get table() {
          return said.table;
        },
        get fault() {
          return said.fault;
        },
        resourceVersion: "7",
        staleSinceMs: undefined,
        wire: said.wire,
        notes: () => said.notes,
        run(signal) {
          const name = `${pool.namespace}/${pool.name} on ${interfaceName}`;
          if (fails.has(name)) return Promise.reject(new TypeError("a bug"));
          running.push(name);
          return new Promise((resolve) =>
            signal.addEventListener("abort", async () => {
              for (let turn = 0; turn < turns; turn++) await settle();
              running.splice(running.indexOf(name), 1);
              resolve();
            })
          );
        },
      };
    },
    onStatusChange: (key) => changed.push(key),
    clock: { nowMs: () => Date.UTC(2026, 0, 31, 12) },
    log,
  });
  return { pools, networks, log, running, changed, said, set, fails };
}

Deno.test("AgentSet starts an agent for a pool whose network has an interface", async () => {
  const { pools, running, changed, set } = setUp();
  pools.put(poolOn("default/net-a"));
  pools.put(poolOn("default/net-a"));
  assert.deepEqual(running, ["default/p on br0"]);
  assert.deepEqual(changed, ["default/p"]);
  assert.deepEqual(set.unready(), ["no interface br0"]);
  await set.close();
  assert.deepEqual(running, []);
});

Deno.test("AgentSet resolves a network without a namespace in the pool's own", async () => {
  const { pools, running, set } = setUp();
  pools.put(poolOn("net-b"));
  assert.deepEqual(running, ["default/p on br1"]);
  await set.close();
});

Deno.test("AgentSet ends the agent of a pool that is gone", () => {
  const { pools, running } = setUp();
  pools.put(poolOn("default/net-a"));
  pools.remove("default/p");
  assert.deepEqual(running, []);
});

Deno.test("AgentSet starts an agent anew on the interface of the network that its pool moved to", async () => {
  const { pools, running, changed, set } = setUp();
  pools.put(poolOn("default/net-a"));
  pools.put(poolOn("default/net-b"));
  assert.deepEqual(running, ["default/p on br1"]);
  assert.deepEqual(changed, ["default/p", "default/p"]);
  pools.put(poolOn("default/net-c"));
  assert.deepEqual(running, [], "no interface here");
  await set.close();
});

Deno.test("AgentSet passes on what its agents say of themselves, and each change of it", async () => {
  const { pools, changed, said, set } = setUp();
  pools.put(poolOn("default/net-a"));
  assert.deepEqual([set.serving().size, set.unready().length], [0, 1]);
  said.table = leaseTable();
  said.tell();
  assert.deepEqual(changed, ["default/p", "default/p"]);
  assert.deepEqual([...set.serving()], [["default/p", { table: said.table, wire: said.wire }]]);
  assert.deepEqual(set.unready(), ["no interface br0"], "a table alone does not serve anybody");
  said.status = { ready: true, reason: "Serving", message: "served" };
  assert.deepEqual(set.unready(), []);
  assert.equal(set.observe("default/p"), said.status);
  await set.close();
});

Deno.test("AgentSet keeps the agent of a pool that became unreadable", async () => {
  const { pools, running, set } = setUp();
  const good = poolOn("default/net-a");
  pools.put(good);
  pools.put({ ...good, spec: { ...good.spec as object, ipv4Config: { cidr: "nonsense" } } });
  assert.deepEqual(running, ["default/p on br0"]);
  await set.close();
});

Deno.test("AgentSet says why a pool without an interface here has no agent", () => {
  const { pools, running, set } = setUp();
  pools.put(poolOn("lab/net-x"));
  assert.deepEqual(running, []);
  const { ready, reason, message } = set.observe("default/p");
  assert.deepEqual({ ready, reason }, { ready: false, reason: "NoInterface" });
  assert.match(message, /ippool default\/p is not deployed: no --nic .*lab\/net-x/);
  assert.match(set.observe("default/other").message, /VM network of this pool; annotate /);
});

Deno.test("AgentSet.close() waits for agents that take their time, even for one that was ending already", async () => {
  const { pools, running, set } = setUp(20);
  pools.put(poolOn("default/net-a"));
  pools.remove("default/p");
  pools.put(poolOn("default/net-b"));
  assert.equal(running.length, 2);
  await set.close();
  assert.deepEqual(running, []);
});

Deno.test("AgentSet starts nothing after it was closed", async () => {
  const { pools, running, set } = setUp();
  await set.close();
  pools.put(poolOn("default/net-a"));
  assert.deepEqual(running, []);
});

Deno.test("AgentSet goes on with the other agents when one fails", async () => {
  const { pools, running, set, fails } = setUp();
  fails.add("default/p on br0");
  pools.put(poolOn("default/net-a"));
  const other = poolOn("default/net-b");
  pools.put({ ...other, metadata: { ...other.metadata, name: "q" } });
  await settle();
  assert.deepEqual(running, ["default/q on br1"]);
  await set.close();
  assert.deepEqual(running, []);
});

Deno.test("AgentSet tells of agents that only a restart helps", async () => {
  const { pools, said, set } = setUp();
  pools.put(poolOn("default/net-a"));
  assert.deepEqual(set.faults(), []);
  said.fault = "frames wait on interface br0";
  assert.deepEqual(set.faults(), ["frames wait on interface br0"]);
  await set.close();
});

Deno.test("AgentSet has a report of each agent, in the name of the process", () => {
  const { pools, set } = setUp();
  pools.put(poolOn("default/net-a"));
  assert.deepEqual([...set.reports()], [["default/p", {
    pool: "default/p",
    instance: "standalone",
    startedAt: "2026-01-31T12:00:00Z",
    resourceVersion: "7",
    unready: "no interface br0",
    ...QUIET_WIRE,
  }]]);
});

Deno.test("AgentSet warns once of a pool without an interface, and notes it while that is so", () => {
  const { log, pools, networks, set, said } = setUp();
  const warnings = () =>
    log.lines.filter(({ level }) => level === "warn").map((
      { msg, fields },
    ) => [msg, fields.network]);
  pools.put(poolOn("default/net-c"));
  assert.deepEqual(warnings(), [], "its network may not have been read yet");
  networks.synced = true;
  set.tellOfLacks();
  pools.put({ ...poolOn("default/net-c"), status: { lastUpdate: "2026-01-31T12:00:00Z" } });
  assert.deepEqual(warnings(), [["an ippool is not served here", "default/net-c"]]);
  const message = "agent for ippool default/p is not deployed: no --nic and no annotation " +
    `${INTERFACE_ANNOTATION} names an interface for VM network default/net-c; annotate that ` +
    "network, or start with --nic";
  assert.deepEqual([set.notes(), set.unready()], [[message], []]);
  pools.put(poolOn("default/net-a"));
  said.notes = ["ippool default/p is paused; no client is answered"];
  assert.deepEqual(set.notes(), said.notes);
  assert.deepEqual(["br0", "br1"].map((name) => set.uses(name)), [true, false]);
  pools.put(poolOn("default/net-d"));
  assert.equal(warnings().length, 2, "another network is news");
});

Deno.test("AgentSet follows networks that come, change and go", async () => {
  const { pools, networks, running, changed, log, set } = setUp();
  pools.put(poolOn("default/net-c"));
  assert.match(
    set.observe("default/p").message,
    /no --nic and no annotation .*default\/net-c; annotate /,
  );
  const steps: [change: () => void, running: string[]][] = [
    [() => networks.put(network("net-c", "br2")), ["default/p on br2"]],
    [() => networks.put(network("net-c", "br2")), ["default/p on br2"]],
    [() => networks.put(network("net-d", "br9")), ["default/p on br2"]],
    [() => networks.put(network("net-c", "br3")), ["default/p on br3"]],
    [() => networks.put(network("net-c", "no name/")), []],
    [() => networks.put(network("net-c", "br3")), ["default/p on br3"]],
    [() => networks.put(network("net-c")), []],
    [() => networks.put(network("net-c", "br2")), ["default/p on br2"]],
    [() => networks.remove("default/net-c"), []],
  ];
  for (const [i, [change, want]] of steps.entries()) {
    const told = changed.length;
    change();
    await settle();
    assert.deepEqual(running, want, `step ${i}`);
    if (i !== 1 && i !== 2) assert.ok(changed.length > told, `step ${i} is told to the controller`);
    const isBad = i === 4;
    assert.equal(/is "no name\/", which is no name/.test(set.observe("default/p").message), isBad);
  }
  assert.deepEqual(log.lines.filter(({ level }) => level === "warn").map(({ msg }) => msg), [
    "VM network has no interface",
  ]);
  await set.close();
});

Deno.test("AgentSet answers on the interface of --nic whatever the network says", async () => {
  const { pools, networks, running, log, set } = setUp();
  pools.put(poolOn("default/net-a"));
  networks.put(network("net-a", "br7"));
  networks.remove("default/net-a");
  assert.deepEqual(running, ["default/p on br0"]);
  assert.deepEqual(
    log.lines.filter(({ level }) => level === "warn").map(({ fields }) => fields),
    [{ network: "default/net-a", interface: "br0", annotation: "br7" }],
  );
  await set.close();
});
