import type { JsonObject } from "../../base/json.ts";
import assert from "node:assert/strict";
import { PlannedWorld } from "../../../tests/support/controller/planned_world.ts";
import { ippoolSample, vmnetcfgSample } from "../../../tests/support/apiserver/samples.ts";

const MAC = "fa:cf:8e:50:82:fc";
const OTHER_MAC = "52:54:00:00:00:02";

function worldWith(changes: Parameters<typeof ippoolSample>[0] = {}): PlannedWorld {
  const world = new PlannedWorld();
  world.put(world.pools, ippoolSample(changes));
  return world;
}

function putVm(world: PlannedWorld, name: string, ...nics: readonly JsonObject[]): void {
  const networkConfigs = nics.map((nic) => ({ networkName: "default/net-48", ...nic }));
  world.put(world.vms, vmnetcfgSample({ metadata: { name }, spec: { networkConfigs } }));
}

function statusOf(world: PlannedWorld, name = "vm"): { nics: string; allocated: string } {
  const { networkConfigs = [], conditions } = world.vms.get(name)!.status as {
    networkConfigs?: JsonObject[];
    conditions: JsonObject[];
  };
  const { status, reason } = conditions.find(({ type }) => type === "Allocated")!;
  return {
    nics: networkConfigs.map((nic) => nic.allocatedIPAddress ?? nic.state).join(" "),
    allocated: `${status} ${reason}`,
  };
}

const OUTCOMES: readonly {
  readonly name: string;
  readonly pool?: Parameters<typeof ippoolSample>[0];
  readonly nics: readonly JsonObject[];
  readonly want: { readonly nics: string; readonly allocated: string };
}[] = [
  {
    name: "two NICs with their addresses",
    nics: [{ macAddress: MAC }, { macAddress: OTHER_MAC }],
    want: { nics: "192.168.48.82 192.168.48.83", allocated: "True AddressesRecorded" },
  },
  {
    name: "a VM without NICs",
    nics: [],
    want: { nics: "", allocated: "False NoNetworkConfigs" },
  },
  {
    name: "a NIC on a network without a pool",
    nics: [{ macAddress: MAC, networkName: "default/other" }],
    want: { nics: "", allocated: "False NoIPPool" },
  },
  {
    name: "a NIC on a network without a pool beside one that is served",
    nics: [{ macAddress: MAC, networkName: "default/other" }, { macAddress: OTHER_MAC }],
    want: { nics: "192.168.48.82", allocated: "True AddressesRecorded" },
  },
  {
    name: "NICs whose MACs no network interface can have, beside one that can be",
    nics: [{ macAddress: "01:00:5e:00:00:01" }, { macAddress: "00:00:00:00:00:00" }, {
      macAddress: MAC,
    }],
    want: { nics: "192.168.48.82", allocated: "False ImpossibleMAC" },
  },
  {
    name: "one MAC twice",
    nics: [{ macAddress: MAC }, { macAddress: MAC.toUpperCase() }],
    want: { nics: "192.168.48.82", allocated: "False DuplicateMAC" },
  },
  {
    name: "an excluded address",
    nics: [{ macAddress: MAC, ipAddress: "192.168.48.81" }],
    want: { nics: "", allocated: "False AddressExcluded" },
  },
  {
    name: "the server's address",
    pool: { ipv4Config: { serverIP: "192.168.48.85" } },
    nics: [{ macAddress: MAC, ipAddress: "192.168.48.85" }],
    want: { nics: "", allocated: "False AddressReserved" },
  },
  {
    name: "an address outside the subnet",
    nics: [{ macAddress: MAC, ipAddress: "192.168.49.7" }],
    want: { nics: "", allocated: "False OutOfRange" },
  },
  {
    name: "one address for two NICs",
    nics: [MAC, OTHER_MAC].map((macAddress) => ({ macAddress, ipAddress: "192.168.48.85" })),
    want: { nics: "192.168.48.85", allocated: "False AddressTaken" },
  },
  {
    name: "a pool of one address for two NICs",
    pool: { pool: { end: "192.168.48.82" } },
    nics: [{ macAddress: MAC }, { macAddress: OTHER_MAC }],
    want: { nics: "192.168.48.82", allocated: "False PoolExhausted" },
  },
  {
    name: "a paused pool",
    pool: { spec: { paused: true } },
    nics: [{ macAddress: MAC }],
    want: { nics: "", allocated: "False PoolPaused" },
  },
  {
    name: "an invalid pool",
    pool: { pool: { start: "10.0.0.1" } },
    nics: [{ macAddress: MAC }],
    want: { nics: "", allocated: "False PoolNotReady" },
  },
];

for (const { name, pool, nics, want } of OUTCOMES) {
  Deno.test(`planVirtualMachineNetworkConfig() reports ${name}`, () => {
    const world = worldWith(pool);
    putVm(world, "vm", ...nics);
    world.settle();
    assert.deepEqual(statusOf(world), want);
    const { status, finalizers, notes } = world.planVm("vm");
    assert.deepEqual([status, finalizers, notes], [undefined, undefined, []]);
  });
}

Deno.test("planVirtualMachineNetworkConfig() tells of each change once", () => {
  const world = worldWith();
  putVm(world, "vm", { macAddress: MAC });
  world.stepPool("ippool-1");
  world.stepVm("vm");
  world.stepPool("ippool-1");
  assert.deepEqual(world.planVm("vm").notes, [{
    type: "Normal",
    reason: "IPAllocated",
    note: `allocated 192.168.48.82 for ${MAC} on default/net-48`,
  }]);
  world.settle();
  world.patch(world.vms, "vm", { spec: { paused: true } });
  assert.deepEqual(world.planVm("vm").notes, [{
    type: "Normal",
    reason: "IPReleased",
    note: `released 192.168.48.82 for ${MAC} on default/net-48`,
  }]);
});

Deno.test("planVirtualMachineNetworkConfig() names the owner of a MAC that another VM has", () => {
  const world = worldWith();
  putVm(world, "first", { macAddress: MAC });
  world.settle();
  putVm(world, "second", { macAddress: MAC });
  world.settle();
  assert.deepEqual(statusOf(world, "second"), {
    nics: "",
    allocated: "False DuplicateMAC",
  });
  const { conditions } = world.vms.get("second")!.status as { conditions: JsonObject[] };
  assert.match(String(conditions[0]?.message), /default\/first/);
});

Deno.test("planVirtualMachineNetworkConfig() leaves a MAC to the VM that was told, not the oldest", () => {
  const world = worldWith();
  putVm(world, "z-told", { macAddress: MAC });
  world.settle();
  world.put(
    world.vms,
    vmnetcfgSample({ metadata: { name: "a", creationTimestamp: "2020-01-01T00:00:00Z" } }),
  );
  world.settle();
  assert.equal(statusOf(world, "z-told").allocated, "True AddressesRecorded");
  assert.equal(statusOf(world, "a").allocated, "False DuplicateMAC");
});

Deno.test("planVirtualMachineNetworkConfig() keeps a deleted object until its address is free", () => {
  const world = worldWith();
  putVm(world, "vm", { macAddress: MAC });
  world.settle();
  world.delete(world.vms, "vm");
  assert.equal(world.planVm("vm").finalizers, undefined);
  world.stepPool("ippool-1");
  const plan = world.planVm("vm");
  assert.deepEqual(plan.finalizers, []);
  assert.deepEqual(plan.notes.map(({ reason }) => reason), ["IPReleased"]);
});

Deno.test("planVirtualMachineNetworkConfig() lets a deleted object go when another one has its MAC", () => {
  const world = worldWith();
  putVm(world, "first", { macAddress: MAC });
  world.settle();
  putVm(world, "second", { macAddress: MAC });
  world.settle();
  world.delete(world.vms, "first");
  assert.deepEqual(world.planVm("first").finalizers, []);
  world.settle();
  assert.equal(statusOf(world, "second").nics, "192.168.48.82");
});

for (const change of ["paused", "gone"] as const) {
  Deno.test(`planVirtualMachineNetworkConfig() waits for nothing of a pool that is ${change}`, () => {
    const world = worldWith();
    putVm(world, "vm", { macAddress: MAC });
    world.settle();
    if (change === "gone") world.pools.clear();
    else world.patch(world.pools, "ippool-1", { spec: { paused: true } });
    world.delete(world.vms, "vm");
    assert.deepEqual(world.planVm("vm").finalizers, []);
  });
}

Deno.test("planVirtualMachineNetworkConfig() says what it cannot read and keeps the rest", () => {
  const world = worldWith();
  putVm(world, "vm", { macAddress: MAC });
  world.settle();
  world.patch(world.vms, "vm", { spec: { networkConfigs: [{ macAddress: "?" }] } });
  world.settle();
  assert.deepEqual(statusOf(world), { nics: "192.168.48.82", allocated: "False InvalidSpec" });
  assert.equal(world.view("ippool-1").record.bindings.size, 1);
});

Deno.test("planVirtualMachineNetworkConfig() says that a VM keeps its address when it wants one that is taken", () => {
  const world = worldWith();
  putVm(world, "vm", { macAddress: MAC });
  putVm(world, "other", { macAddress: OTHER_MAC });
  world.settle();
  const nic = { macAddress: MAC, networkName: "default/net-48", ipAddress: "192.168.48.83" };
  const networkConfigs = [nic];
  world.patch(world.vms, "vm", { spec: { networkConfigs } });
  const events = world.planVm("vm").notes.map(({ reason }) => reason);
  assert.deepEqual(events, ["AddressTaken"]);
  world.settle();
  assert.deepEqual(statusOf(world), { nics: "192.168.48.82", allocated: "False AddressTaken" });
  const { conditions } = world.vms.get("vm")!.status as { conditions: JsonObject[] };
  assert.equal(
    conditions[0]?.message,
    `192.168.48.83 for ${MAC} is held by 52:54:00:00:00:02 (VirtualMachineNetworkConfig ` +
      "default/other) in ippool default/ippool-1; it keeps 192.168.48.82 until then; request " +
      "another address, or none (ipAddress)",
  );
});

Deno.test("planVirtualMachineNetworkConfig() tells of a failure once, whatever else changes", () => {
  const world = worldWith();
  const refused = { macAddress: MAC, ipAddress: "192.168.48.77", networkName: "default/net-48" };
  putVm(world, "vm", refused);
  const reasons = () => world.planVm("vm").notes.map(({ reason }) => reason);
  assert.deepEqual(reasons(), ["AddressReserved"]);
  world.settle();
  const networkConfigs = [refused, { macAddress: OTHER_MAC, networkName: "default/net-48" }];
  world.patch(world.vms, "vm", { spec: { networkConfigs } });
  world.stepPool("ippool-1");
  assert.deepEqual(reasons(), ["IPAllocated"]);
});

Deno.test("planners take back what a stored NIC of a group's address holds", () => {
  const group = "01:00:5e:00:00:01";
  const world = worldWith({
    status: { ipv4: { allocated: { "192.168.48.85": group }, used: 1, available: 7 } },
  });
  putVm(world, "vm", { macAddress: group });
  world.settle();
  assert.equal(world.view("ippool-1").record.bindings.size, 0);
});

Deno.test("planVirtualMachineNetworkConfig() lets no status name an address that was given back", () => {
  const world = worldWith();
  putVm(world, "vm", { macAddress: MAC });
  world.patch(world.vms, "vm", { metadata: { finalizers: ["others/keep-it"] } });
  world.settle();
  assert.deepEqual(statusOf(world), { nics: "192.168.48.82", allocated: "True AddressesRecorded" });
  world.delete(world.vms, "vm");
  world.settle();
  assert.deepEqual(statusOf(world), { nics: "", allocated: "False BeingDeleted" });
  assert.deepEqual(world.vms.get("vm")!.metadata.finalizers, ["others/keep-it"]);
  assert.equal(world.view("ippool-1").record.bindings.size, 0);
});

Deno.test("planVirtualMachineNetworkConfig() waits for no address that another pool of the network records", () => {
  const world = new PlannedWorld();
  const pool = { start: "192.168.48.82", end: "192.168.48.82", exclude: undefined };
  world.put(world.pools, ippoolSample({ pool }));
  const allocated = { "192.168.48.82": "RESERVED" };
  const status = { ipv4: { allocated, used: 0, available: 0 } };
  world.put(world.pools, ippoolSample({ metadata: { name: "ippool-2" }, pool, status }));
  world.put(world.vms, vmnetcfgSample());
  world.awaitedLong = false;
  assert.ok(world.stepVm("test-vm"));
  const { waiting } = world.planVm("test-vm");
  assert.deepEqual(waiting.map(({ reason }) => reason), ["PoolExhausted"]);
});

Deno.test("planVirtualMachineNetworkConfig() says that a pool on its way out moves nobody", () => {
  const world = worldWith();
  putVm(world, "vm", { macAddress: MAC });
  world.settle();
  world.put(world.pools, ippoolSample({ metadata: { name: "ippool-2" } }));
  world.delete(world.pools, "ippool-1");
  const nic = { macAddress: MAC, networkName: "default/net-48", ipAddress: "192.168.48.88" };
  world.patch(world.vms, "vm", { spec: { networkConfigs: [nic] } });
  world.settle();
  assert.deepEqual(statusOf(world), { nics: "192.168.48.82", allocated: "False PoolNotReady" });
});
