import assert from "node:assert/strict";
import type { JsonObject } from "../../../base/json.ts";
import type { EventNote } from "../../../kube/contract.ts";
import type { AgentReport } from "../../../reconcile/agent_report.ts";
import { IPPOOL_KIND, VMNETCFG_KIND } from "../../../reconcile/kinds.ts";
import { ippoolSample, vmnetcfgSample } from "../../../../tests/support/apiserver/samples.ts";
import { FakeClock } from "../../../../tests/support/clocks/fake_clock.ts";
import { QUIET_WIRE } from "../../../../tests/support/controller/agent_worlds.ts";
import { FakeInformer } from "../../../../tests/support/kube/fake_informer.ts";
import { WireWatch } from "./wire_watch.ts";

const POOL = "default/ippool-1";
const MAC = "fa:cf:8e:50:82:fc";
const ADDRESS = "192.168.48.82";
const OTHER = "52:54:00:00:00:99";

/** A pool that binds an address to the VM of the examples. */
function setUp() {
  const clock = new FakeClock();
  const ippools = new FakeInformer(IPPOOL_KIND.parse, IPPOOL_KIND.indexes);
  const vmnetcfgs = new FakeInformer(VMNETCFG_KIND.parse, VMNETCFG_KIND.indexes);
  const events: EventNote[] = [];
  const changed: string[] = [];
  const pods = ["agent-a", "agent-b"];
  const allocated = { [ADDRESS]: MAC };
  ippools.put(ippoolSample({ status: { ipv4: { allocated, used: 1, available: 7 } } }));
  const vm = { apiVersion: "kubevirt.io/v1", kind: "VirtualMachine", name: "test-vm", uid: "7" };
  vmnetcfgs.put(vmnetcfgSample({
    metadata: { ownerReferences: [vm] },
    status: {
      networkConfigs: [{
        allocatedIPAddress: ADDRESS,
        macAddress: MAC,
        networkName: "default/net-48",
        state: "Allocated",
      }],
    },
  }));
  const watch = new WireWatch({
    ...{ ippools, vmnetcfgs, clock },
    agentPodsOf: () => pods.map((name) => ({ name, ip: "192.0.2.1", ready: true, runs: true })),
    recorder: { record: (event) => void events.push(event) },
    onChange: (key) => void changed.push(key),
  });
  return {
    ...{ clock, ippools, vmnetcfgs, watch, events, changed, pods },
    told: () => describe(events),
  };
}

function describe(events: readonly EventNote[]): readonly string[] {
  return events.map(({ regarding: { kind, metadata }, reason }) =>
    `${reason} ${kind} ${metadata.namespace}/${metadata.name}`
  );
}

function reportAt({ clock }: { readonly clock: FakeClock }, changes: JsonObject = {}): AgentReport {
  const lastTime = new Date(clock.nowMs()).toISOString().replace(".000", "");
  const conflict = { address: ADDRESS, mac: MAC, otherMac: OTHER, how: "arp", count: 1, lastTime };
  return {
    pool: POOL,
    instance: "agent-a",
    startedAt: "2023-12-31T00:00:00Z",
    ...QUIET_WIRE,
    addressConflicts: [conflict],
    ...changes,
  } as AgentReport;
}

Deno.test("WireWatch tells of a conflict where users look: the pool, the NIC's object and its VM", () => {
  const setup = setUp();
  setup.watch.note(POOL, reportAt(setup));
  assert.deepEqual(setup.told(), [
    "AddressConflict IPPool default/ippool-1",
    "AddressConflict VirtualMachineNetworkConfig default/test-vm",
    "AddressConflict VirtualMachine default/test-vm",
  ]);
  const [{ note }] = setup.events as [EventNote];
  for (const word of [ADDRESS, MAC, OTHER, "seen once", "give that host another address"]) {
    assert.ok(note.includes(word), note);
  }
  assert.deepEqual(setup.changed, [POOL]);
  const knowledge = setup.watch.observe(POOL).network;
  assert.ok(knowledge !== "notYet" && knowledge.status === "False" && knowledge.message === note);
});

Deno.test("WireWatch tells no VM of an address that is not bound to it", () => {
  const setup = setUp();
  const addressConflicts = [{
    ...reportAt(setup).addressConflicts[0],
    address: "192.168.48.83",
  }];
  setup.watch.note(POOL, reportAt(setup, { addressConflicts }));
  assert.deepEqual([setup.told(), setup.changed], [[], []]);
});

Deno.test("WireWatch uses a report for its own pool only", () => {
  const setup = setUp();
  setup.ippools.put(ippoolSample({
    metadata: { name: "other" },
    spec: { networkName: "default/net-49" },
  }));
  setup.watch.note("default/other", reportAt(setup, { pool: "default/other" }));
  assert.deepEqual(setup.told(), []);
  assert.equal(setup.watch.observe(POOL).network, "notYet");
});

Deno.test("WireWatch takes the server of another pool of the network for no other server", () => {
  const setup = setUp();
  const seen = (serverIdentifier: string) => {
    const server = { serverIdentifier, mac: OTHER, won: 1, seen: 1 };
    const { addressConflicts: [conflict] } = reportAt(setup);
    return reportAt(setup, {
      addressConflicts: [],
      otherServers: [{ ...server, lastTime: conflict!.lastTime }],
    });
  };
  setup.ippools.put(ippoolSample({
    metadata: { name: "sister" },
    spec: { ipv4Config: { serverIP: "192.168.48.78" } },
  }));
  setup.watch.note(POOL, seen("192.168.48.78"));
  assert.deepEqual(setup.told(), []);
  setup.watch.note(POOL, seen("192.168.48.79"));
  assert.deepEqual(setup.told(), ["OtherServer IPPool default/ippool-1"]);
});

Deno.test("WireWatch says that all is clear only after all agents had their turn", async () => {
  const setup = setUp();
  const quiet = () => reportAt(setup, { addressConflicts: [] });
  setup.watch.note(POOL, quiet());
  await setup.clock.advance(59_000);
  setup.watch.sweep();
  assert.equal(setup.watch.observe(POOL).network, "notYet");
  await setup.clock.advance(1000);
  setup.watch.sweep();
  assert.deepEqual(setup.watch.observe(POOL).network, {
    type: "NetworkClear",
    status: "True",
    reason: "NothingSeen",
    message: "no agent has seen another host in the way lately",
  });
});

Deno.test("WireWatch knows nothing when no agent was heard for five minutes, and again when one is", async () => {
  const setup = setUp();
  setup.watch.sweep();
  await setup.clock.advance(299_000);
  setup.watch.sweep();
  assert.deepEqual(setup.changed, []);
  await setup.clock.advance(1000);
  setup.watch.sweep();
  const unknown = setup.watch.observe(POOL).network;
  assert.ok(unknown !== "notYet" && unknown.status === "Unknown");
  assert.equal(unknown.reason, "NothingKnown");
  assert.match(unknown.message, /no agent has reported .* look at the condition AgentReady/);
  await setup.clock.advance(60_000);
  setup.watch.note(POOL, reportAt(setup));
  const known = setup.watch.observe(POOL).network;
  assert.ok(known !== "notYet" && known.reason === "AddressConflict");
});

Deno.test("WireWatch says what keeps agents from being asked", () => {
  const setup = setUp();
  setup.watch.setObstacle(POOL, "it may not keep Secrets; give it the rights");
  const unknown = setup.watch.observe(POOL).network;
  assert.ok(unknown !== "notYet" && unknown.status === "Unknown");
  assert.equal(unknown.message, "it may not keep Secrets; give it the rights");
});

Deno.test("WireWatch tells of an agent that serves from its file, twice an hour", async () => {
  const setup = setUp();
  for (let minute = 0; minute < 60; minute++) {
    const staleSince = "2023-12-31T23:59:00Z";
    setup.watch.note(POOL, reportAt(setup, { addressConflicts: [], staleSince }));
    await setup.clock.advance(60_000);
  }
  assert.deepEqual(setup.told(), Array(2).fill("AgentStale IPPool default/ippool-1"));
  assert.match(
    setup.events[0]!.note,
    /since 2023-12-31T23:59:00Z, agent agent-a has served version .* from its snapshot, because/,
  );
});

function agentsOf({ watch }: ReturnType<typeof setUp>): string {
  const { agents } = watch.observe(POOL);
  return agents === "notYet" ? agents : `${agents.status} ${agents.reason}`;
}

Deno.test("WireWatch says in a condition what the Event about a stale agent says, while that is so", async () => {
  const setup = setUp();
  const note = (changes: JsonObject = {}) =>
    setup.watch.note(POOL, reportAt(setup, { addressConflicts: [], ...changes }));
  const staleSince = "2023-12-31T23:59:00Z";
  note({ staleSince, resourceVersion: "7" });
  const { agents } = setup.watch.observe(POOL);
  assert.ok(agents !== "notYet" && agents.status === "False" && agents.reason === "Stale");
  assert.equal(agents.message, setup.events[0]!.note);
  assert.deepEqual(setup.changed, [POOL]);
  await setup.clock.advance(30_000);
  note({ instance: "agent-b" });
  note();
  assert.equal(agentsOf(setup), "False Stale", "it changed within this minute");
  await setup.clock.advance(30_000);
  setup.watch.sweep();
  assert.equal(agentsOf(setup), "True Following");
});

Deno.test("WireWatch knows agents to follow their pool only after all of them had their turn", async () => {
  const setup = setUp();
  setup.watch.note(POOL, reportAt(setup, { addressConflicts: [] }));
  assert.equal(agentsOf(setup), "notYet");
  await setup.clock.advance(60_000);
  setup.watch.sweep();
  assert.equal(agentsOf(setup), "True Following");
});

Deno.test("WireWatch does not keep up that an agent is stale whose pod is gone", async () => {
  const setup = setUp();
  const staleSince = "2023-12-31T23:59:00Z";
  setup.watch.note(POOL, reportAt(setup, { addressConflicts: [], staleSince }));
  setup.pods.shift();
  await setup.clock.advance(60_000);
  setup.watch.sweep();
  assert.equal(agentsOf(setup), "True Following");
});

Deno.test("WireWatch shows a stale agent at once, whatever hosts of its network do meanwhile", () => {
  const setup = setUp();
  setup.watch.note(POOL, reportAt(setup));
  setup.watch.note(POOL, reportAt(setup, { staleSince: "2023-12-31T23:59:00Z" }));
  assert.equal(agentsOf(setup), "False Stale");
});

Deno.test("WireWatch names an agent that was behind before this controller began to ask", async () => {
  const setup = setUp();
  setup.ippools.put(ippoolSample({ metadata: { resourceVersion: "9" } }));
  const said: string[] = [];
  for (let minute = 0; minute < 5; minute++) {
    setup.watch.note(POOL, reportAt(setup, { addressConflicts: [], resourceVersion: "7" }));
    said.push(agentsOf(setup));
    await setup.clock.advance(60_000);
  }
  setup.watch.note(POOL, reportAt(setup, { addressConflicts: [], resourceVersion: "9" }));
  said.push(agentsOf(setup));
  assert.deepEqual(said, [
    ...Array(3).fill("notYet"),
    "False Behind",
    "False Behind",
    "True Following",
  ]);
});

Deno.test("WireWatch does not know whether agents follow that cannot be asked", () => {
  const setup = setUp();
  setup.watch.setObstacle(POOL, "it may not keep Secrets; give it the rights");
  assert.equal(agentsOf(setup), "Unknown NothingKnown");
});

Deno.test("WireWatch forgets a pool that is gone", () => {
  const setup = setUp();
  setup.watch.note(POOL, reportAt(setup));
  setup.ippools.remove(POOL);
  setup.watch.sweep();
  assert.equal(setup.watch.observe(POOL).network, "notYet");
});

Deno.test("WireWatch knows nothing of a pool that was made anew under its name", () => {
  const setup = setUp();
  setup.watch.note(POOL, reportAt(setup));
  setup.ippools.put(ippoolSample({ metadata: { uid: "another" } }));
  assert.equal(setup.watch.observe(POOL).network, "notYet");
  setup.watch.sweep();
  assert.equal(setup.watch.observe(POOL).network, "notYet");
});
