/** Finalizers, labels, conditions and times of pools. */

import type { JsonObject } from "../../base/json.ts";
import assert from "node:assert/strict";
import { PlannedWorld } from "../../../tests/support/controller/planned_world.ts";
import { ippoolSample, vmnetcfgSample } from "../../../tests/support/apiserver/samples.ts";
import type { KubeObject } from "../../api/meta.ts";
import { IPPOOL_FINALIZER } from "../names.ts";

const MAC = "fa:cf:8e:50:82:fc";

function worldWith(...pools: readonly KubeObject[]): PlannedWorld {
  const world = new PlannedWorld();
  world.nad = {
    apiVersion: "k8s.cni.cncf.io/v1",
    kind: "NetworkAttachmentDefinition",
    metadata: { name: "net-48", namespace: "default" },
  };
  for (const pool of pools) world.put(world.pools, pool);
  return world;
}

function pool(name: string, changes: Parameters<typeof ippoolSample>[0] = {}): KubeObject {
  return ippoolSample({ ...changes, metadata: { name, ...changes.metadata } });
}

function conditionsOf(world: PlannedWorld, name: string): Record<string, string> {
  const { conditions } = world.pools.get(name)!.status as { conditions: JsonObject[] };
  return Object.fromEntries(
    conditions.map(({ type, status, reason }) => [type, `${status} ${reason}`]),
  );
}

function timesOf(world: PlannedWorld): unknown {
  const { lastUpdate, conditions } = world.pools.get("ippool-1")!.status as {
    lastUpdate: string;
    conditions: JsonObject[];
  };
  return { lastUpdate, stopped: conditions.find(({ type }) => type === "Stopped") };
}

Deno.test("planIPPool() adds its finalizer to those of others and writes nothing else first", () => {
  const world = worldWith(pool("ippool-1", { metadata: { finalizers: ["other/one"] } }));
  assert.deepEqual(world.planPool("ippool-1").finalizers, ["other/one", IPPOOL_FINALIZER]);
});

Deno.test("planIPPool() gives nothing to write when nothing changed, however late it is", () => {
  const world = worldWith(pool("ippool-1"));
  world.put(world.vms, vmnetcfgSample());
  world.settle();
  for (let i = 0; i < 5; i++) world.now();
  const { status, finalizers, notes } = world.planPool("ippool-1");
  const labels = world.planNetwork(world.nad!);
  assert.deepEqual([status, finalizers, labels, notes], [undefined, undefined, undefined, []]);
});

Deno.test("planIPPool() changes times only with what they are the times of", () => {
  const world = worldWith(pool("ippool-1"));
  world.settle();
  const before = timesOf(world) as { lastUpdate: string; stopped: JsonObject };
  world.put(world.vms, vmnetcfgSample());
  world.settle();
  const after = timesOf(world) as { lastUpdate: string; stopped: JsonObject };
  assert.deepEqual(after.stopped, before.stopped);
  assert.notEqual(after.lastUpdate, before.lastUpdate);
});

Deno.test("planIPPool() keeps fields of the status that it does not know", () => {
  const condition = { type: "Foreign", status: "True", observedGeneration: 3 };
  const world = worldWith(
    pool("ippool-1", { status: { future: 1, conditions: [condition] } }),
  );
  world.settle();
  const status = world.pools.get("ippool-1")!.status as JsonObject;
  assert.equal(status.future, 1);
  assert.deepEqual((status.conditions as unknown[])[0], condition);
});

Deno.test("planIPPool() lets the older of two pools of a network serve it", () => {
  const world = worldWith(pool("b"), pool("a"));
  world.put(world.vms, vmnetcfgSample());
  world.settle();
  assert.equal(world.view("b").record.bindings.size, 1);
  assert.equal(world.view("a").record.bindings.size, 0);
  assert.equal(conditionsOf(world, "b").Registered, "True NetworkServed");
  assert.equal(conditionsOf(world, "a").Registered, "False NetworkServedByOtherPool");
});

Deno.test("planIPPool() says in the record of each pool that others serve its network, and says why", () => {
  const world = worldWith(pool("old"), pool("new"));
  world.put(world.vms, vmnetcfgSample());
  world.settle();
  const statusOf = (name: string) =>
    world.pools.get(name)!.status as { ipv4: JsonObject; conditions: JsonObject[] };
  const why = (name: string) =>
    statusOf(name).conditions.find(({ type }) => type === "Registered")!.message;
  assert.match(
    String(why("new")),
    /served by ippool default\/old, which is older; delete the one that is not wanted$/,
  );
  world.delete(world.pools, "old");
  world.settle();
  assert.match(String(why("old")), /served by ippool default\/new, as this one is being deleted$/);
  for (const name of ["old", "new"]) assert.equal(statusOf(name).ipv4.networkShared, true, name);
  world.delete(world.vms, "test-vm");
  world.settle();
  assert.deepEqual([...world.pools.keys()], ["new"]);
  assert.ok(!("networkShared" in statusOf("new").ipv4));
});

Deno.test("planIPPool() leaves a VM in its deleted pool and serves new ones from the next", () => {
  const world = worldWith(pool("old"), pool("new"));
  world.put(world.vms, vmnetcfgSample());
  world.settle();
  world.delete(world.pools, "old");
  const nic = { macAddress: "52:54:00:00:00:02", networkName: "default/net-48" };
  world.put(
    world.vms,
    vmnetcfgSample({ metadata: { name: "second" }, spec: { networkConfigs: [nic] } }),
  );
  world.settle();
  const [first] = world.view("old").record.bindings.keys();
  const [second] = world.view("new").record.bindings.keys();
  assert.ok(first !== undefined && second !== undefined && first !== second);
  const [note] = world.planPool("old").notes;
  assert.equal(
    note?.note,
    "it's still used by VirtualMachineNetworkConfig(s) default/test-vm, " +
      "which must be removed at first",
  );
  world.delete(world.vms, "test-vm");
  world.settle();
  assert.deepEqual([...world.pools.keys()], ["new"]);
});

Deno.test("planIPPool() says that a pool is paused in the words that users look for", () => {
  const world = worldWith(
    pool("ippool-1", { spec: { paused: true }, status: { agentPodRef: { name: "agent" } } }),
  );
  world.settle();
  const status = world.pools.get("ippool-1")!.status as JsonObject;
  const stopped = (status.conditions as JsonObject[]).find(({ type }) => type === "Stopped");
  assert.equal(stopped?.status, "True");
  assert.match(String(stopped?.message), /^ippool default\/ippool-1 was administratively disabled/);
  assert.equal("agentPodRef" in status, false);
});

Deno.test("planIPPool() names the agent of a paused pool until it is gone", () => {
  const podRef = { namespace: "harvester-system", name: "agent", image: "agent:1", uid: "1" };
  const world = worldWith(pool("ippool-1", { spec: { paused: true } }));
  const named = () => (world.pools.get("ippool-1")!.status as JsonObject).agentPodRef;
  const stopping = { ready: false, reason: "MarkedForDeletion", message: "agent pod agent goes" };
  world.patch(world.pools, "ippool-1", { status: { agentPodRef: podRef } });
  for (const name of ["agent", "another"]) {
    world.agent = { ...stopping, podRef: { ...podRef, name } };
    world.settle();
    assert.deepEqual(named(), podRef);
  }
  world.agent = { ready: false, reason: "Paused", message: "", podRef: null };
  world.settle();
  assert.equal(named(), undefined);
});

Deno.test("planIPPool() lets AgentReady follow from the present, whatever another program left", () => {
  const world = worldWith(pool("ippool-1"));
  const agentReady = () => conditionsOf(world, "ippool-1").AgentReady;
  const left = [{ type: "AgentReady", status: "False", lastUpdateTime: "2026-01-01T00:00:00Z" }];
  world.patch(world.pools, "ippool-1", { status: { conditions: left } });
  world.settle();
  assert.equal(agentReady(), undefined, "a controller without agents says nothing of them");
  world.agent = { ready: true, reason: "Serving", message: "1 agent is ready: agent" };
  world.patch(world.pools, "ippool-1", { status: { conditions: left } });
  world.settle();
  assert.equal(agentReady(), "True Serving");
  for (const agent of [world.agent, undefined]) {
    world.agent = agent;
    world.patch(world.pools, "ippool-1", { spec: { paused: true } });
    world.settle();
    assert.equal(agentReady(), "False Paused");
    world.patch(world.pools, "ippool-1", { spec: { paused: false } });
    world.settle();
    assert.equal(agentReady(), agent && "True Serving");
  }
});

Deno.test("planIPPool() says that the network is missing and serves without it", () => {
  const world = worldWith(pool("ippool-1"));
  world.nad = undefined;
  world.put(world.vms, vmnetcfgSample());
  world.settle();
  assert.equal(conditionsOf(world, "ippool-1").Registered, "False NetworkNotFound");
  assert.equal(world.view("ippool-1").record.addresses.has(0xfacf8e5082fc as never), true);
});

Deno.test("planIPPool() tells of exhaustion once, when the last address goes", () => {
  const small = { start: "192.168.48.82", end: "192.168.48.82", exclude: undefined };
  const world = worldWith(pool("ippool-1", { pool: small }));
  world.settle();
  for (const [name, mac] of [["first", MAC], ["second", "52:54:00:00:00:02"]] as const) {
    const networkConfigs = [{ macAddress: mac, networkName: "default/net-48" }];
    world.put(world.vms, vmnetcfgSample({ metadata: { name }, spec: { networkConfigs } }));
    world.stepVm(name);
  }
  const reasons = world.planPool("ippool-1").notes.map(({ reason }) => reason);
  assert.deepEqual(reasons, ["PoolExhausted"]);
  world.settle();
  assert.deepEqual(world.planPool("ippool-1").notes, []);
});

Deno.test("planIPPool() lets the first by name serve, of two pools that were made in the same second", () => {
  const creationTimestamp = "2026-01-01T00:00:00Z";
  const names = ["b", "a"];
  for (const order of [names, names.toReversed()]) {
    const world = worldWith(
      ...order.map((name) => pool(name, { metadata: { creationTimestamp } })),
    );
    world.settle();
    assert.equal(conditionsOf(world, "a").Registered, "True NetworkServed");
    assert.equal(conditionsOf(world, "b").Registered, "False NetworkServedByOtherPool");
  }
});

Deno.test("planIPPool() names five problems of a record, and how many more there are", () => {
  for (const [count, rest] of [[5, ""], [6, "; and 1 more"]] as const) {
    const entries = Array.from({ length: count }, (_, n) => [`x${n}`, "?"]);
    const world = worldWith(
      pool("ippool-1", { status: { ipv4: { allocated: Object.fromEntries(entries) } } }),
    );
    world.settle();
    const { conditions } = world.pools.get("ippool-1")!.status as { conditions: JsonObject[] };
    const { message } = conditions.find(({ type }) => type === "CacheReady")!;
    const shown = entries.slice(0, 5).map(([key]) =>
      `"${key}: ?" is not a binding and is left as it is`
    );
    const cure = "; remove such entries from status.ipv4.allocated " +
      "(kubectl edit --subresource=status)";
    assert.equal(message, shown.join("; ") + rest + cure);
  }
});

Deno.test("planIPPool() serves on beside stored values that cannot be true, and names them", () => {
  const dns = ["0.0.0.0", "1.1.1.1"];
  const world = worldWith(pool("ippool-1", { ipv4Config: { dns, ntp: ["224.0.1.1"] } }));
  world.put(world.vms, vmnetcfgSample());
  world.settle();
  assert.deepEqual(conditionsOf(world, "ippool-1").CacheReady, "True SpecHasProblems");
  const { conditions, ipv4 } = world.pools.get("ippool-1")!.status as {
    conditions: JsonObject[];
    ipv4: JsonObject;
  };
  assert.equal(
    conditions.find(({ type }) => type === "CacheReady")?.message,
    "spec.ipv4Config.dns[0]: dns ip 0.0.0.0 is of 0.0.0.0/8, which means this network; " +
      "spec.ipv4Config.ntp[0]: ntp ip 224.0.1.1 is of 224.0.0.0/4, which is for multicast; " +
      "correct the specification",
  );
  assert.equal(ipv4.used, 1);
});

Deno.test("planIPPool() hands nothing out from a stored pool that cannot have a server", () => {
  const subnets = [
    { cidr: "224.0.0.0/24", serverIP: "224.0.0.2", pool: { start: "224.0.0.9", end: "224.0.0.9" } },
    { serverIP: "192.168.48.255" },
    { serverIP: "192.168.48.0" },
    { serverIP: "1.2.3.4" },
  ];
  for (const ipv4Config of subnets) {
    const world = worldWith(pool("ippool-1", { ipv4Config: { router: undefined, ...ipv4Config } }));
    world.put(world.vms, vmnetcfgSample());
    world.settle();
    assert.deepEqual(conditionsOf(world, "ippool-1").CacheReady, "False InvalidSpec");
    assert.equal(world.view("ippool-1").record.bindings.size, 0);
  }
});

Deno.test("planIPPool() names bindings that do not fit a subnet or a server that changed under them", () => {
  const allocated = { "192.168.48.82": MAC, "10.0.0.9": "52:54:00:00:00:02" };
  const status = { ipv4: { allocated, used: 2, available: 6 } };
  const world = worldWith(pool("ippool-1", { ipv4Config: { serverIP: "192.168.48.82" }, status }));
  for (const [i, macAddress] of Object.values(allocated).entries()) {
    const networkConfigs = [{ macAddress, networkName: "default/net-48" }];
    world.put(
      world.vms,
      vmnetcfgSample({ metadata: { name: `vm-${i}` }, spec: { networkConfigs } }),
    );
  }
  world.settle();
  const { conditions } = world.pools.get("ippool-1")!.status as { conditions: JsonObject[] };
  const rule = "is no address of a client of subnet 192.168.48.0/24; it is not answered";
  assert.equal(
    conditions.find(({ type }) => type === "CacheReady")?.message,
    `192.168.48.82 of ${MAC} (VirtualMachineNetworkConfig default/vm-0) ${rule}; ` +
      `10.0.0.9 of 52:54:00:00:00:02 (VirtualMachineNetworkConfig default/vm-1) ${rule}; ` +
      "for another address, set spec.paused of that object to true and back to false",
  );
  for (const { status } of world.vms.values()) {
    const { conditions } = status as { conditions: JsonObject[] };
    assert.equal(conditions.find(({ type }) => type === "Allocated")?.reason, "AddressNotServed");
  }
});
