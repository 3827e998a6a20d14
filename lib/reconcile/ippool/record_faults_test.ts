/** What stands in a record and should not: it is told, blocks nobody, and is not written for ever. */

import assert from "node:assert/strict";
import { ippoolSample, vmnetcfgSample } from "../../../tests/support/apiserver/samples.ts";
import { PlannedWorld } from "../../../tests/support/controller/planned_world.ts";
import type { JsonObject } from "../../base/json.ts";

const MAC = "52:54:00:00:00:0a";
const NEWCOMER = "52:54:00:00:00:0b";
const MARKS = { "192.168.48.81": "EXCLUDED", "192.168.48.90": "EXCLUDED" };

function ipv4Of(world: PlannedWorld): {
  allocated: Record<string, string>;
  used: number;
  available: number;
  total: number;
  excluded: number;
  reserved: number;
} {
  return (world.pools.get("ippool-1")!.status as { ipv4: ReturnType<typeof ipv4Of> }).ipv4;
}

function conditionOf(world: PlannedWorld, type: string): JsonObject {
  const { conditions } = world.pools.get("ippool-1")!.status as { conditions: JsonObject[] };
  return conditions.find((each) => each.type === type)!;
}

function putVm(world: PlannedWorld, name: string, macAddress: string): void {
  const networkConfigs = [{ macAddress, networkName: "default/net-48" }];
  world.put(world.vms, vmnetcfgSample({ metadata: { name }, spec: { networkConfigs } }));
}

/** A pool with this record, the VM whose MAC is {@link MAC}, and one that is new. */
function worldWith(entries: JsonObject, pool: JsonObject = {}): PlannedWorld {
  const world = new PlannedWorld();
  const status = { ipv4: { allocated: { ...MARKS, ...entries }, used: 1, available: 7 } };
  world.put(world.pools, ippoolSample({ pool, status }));
  putVm(world, "vm", MAC);
  putVm(world, "newcomer", NEWCOMER);
  return world;
}

function assertCounts(world: PlannedWorld): void {
  const { total, used, available, excluded, reserved, allocated } = ipv4Of(world);
  assert.equal(total, used + available + excluded + reserved);
  assert.equal(used, Object.values(allocated).filter((value) => value.includes(":")).length);
}

const FAULTS: readonly {
  readonly name: string;
  readonly entries: JsonObject;
  /** The record at rest, without the usual marks. */
  readonly rest: JsonObject;
  /** What the condition says of it; `undefined` when nothing is left to say. */
  readonly told?: RegExp;
}[] = [
  {
    name: "an address of the subnet that is not in the range, held by a VM",
    entries: { "192.168.48.200": MAC },
    rest: { "192.168.48.200": MAC, "192.168.48.82": NEWCOMER },
    told: /192\.168\.48\.200 is not between start and end but held by .*default\/vm\), which keeps/,
  },
  {
    name: "an address that is not in the range, held by nobody",
    entries: { "192.168.48.200": "52:54:00:00:00:99" },
    rest: { "192.168.48.82": MAC, "192.168.48.83": NEWCOMER },
  },
  {
    name: "one MAC twice",
    entries: { "192.168.48.84": MAC, "192.168.48.86": MAC },
    rest: { "192.168.48.84": MAC, "192.168.48.85": NEWCOMER },
  },
  {
    name: "a MAC in another spelling",
    entries: { "192.168.48.84": "52-54-00-00-00-0A" },
    rest: { "192.168.48.84": MAC, "192.168.48.85": NEWCOMER },
  },
  {
    name: "one MAC in two spellings",
    entries: { "192.168.48.84": "52-54-00-00-00-0A", "192.168.48.86": MAC },
    rest: { "192.168.48.84": MAC, "192.168.48.85": NEWCOMER },
  },
  {
    name: "an IPv6 address",
    entries: { "fd00::1": MAC },
    rest: { "fd00::1": MAC, "192.168.48.82": MAC, "192.168.48.83": NEWCOMER },
    told: /"fd00::1: .*" is not a binding .*; remove such entries/,
  },
  {
    name: "an address with a leading zero",
    entries: { "192.168.48.084": MAC },
    rest: { "192.168.48.084": MAC, "192.168.48.82": MAC, "192.168.48.83": NEWCOMER },
    told: /"192\.168\.48\.084: .*" is not a binding/,
  },
  {
    name: "an empty key",
    entries: { "": MAC },
    rest: { "": MAC, "192.168.48.82": MAC, "192.168.48.83": NEWCOMER },
    told: /is not a binding/,
  },
  {
    name: "an empty value, whose address is not handed out",
    entries: { "192.168.48.82": "" },
    rest: { "192.168.48.82": "", "192.168.48.83": MAC, "192.168.48.84": NEWCOMER },
    told: /"192\.168\.48\.82: " is not a binding/,
  },
  {
    name: "a mark that nobody knows, whose address is not handed out",
    entries: { "192.168.48.82": "QUARANTINED" },
    rest: { "192.168.48.82": "QUARANTINED", "192.168.48.83": MAC, "192.168.48.84": NEWCOMER },
    told: /"192\.168\.48\.82: QUARANTINED" is not a binding/,
  },
  {
    name: "a mark where none belongs",
    entries: { "192.168.48.82": "RESERVED", "10.0.0.1": "EXCLUDED" },
    rest: { "192.168.48.82": MAC, "192.168.48.83": NEWCOMER },
  },
];

for (const { name, entries, rest, told } of FAULTS) {
  Deno.test(`a record with ${name}: it blocks nobody, and the pool comes to rest`, () => {
    const world = worldWith(entries);
    world.settle();
    assert.deepEqual(ipv4Of(world).allocated, { ...MARKS, ...rest });
    const { status, reason, message } = conditionOf(world, "CacheReady");
    assert.equal(status, "True");
    assert.equal(conditionOf(world, "Ready").reason, "NetworkNotFound", "no other fault");
    if (told === undefined) assert.equal(reason, "RecordRead");
    else assert.match(String(message), told);
    const plan = world.planPool("ippool-1");
    assert.deepEqual([plan.status, plan.notes], [undefined, []]);
  });
}

Deno.test("a value of the record that is no text at all is written anew, not for ever", () => {
  const world = worldWith({ "192.168.48.82": 7 as unknown as string });
  world.settle();
  assert.equal(world.planPool("ippool-1").status, undefined);
});

const LATER: readonly {
  readonly name: string;
  readonly word: string;
  readonly change: JsonObject;
}[] = [
  {
    name: "an exclusion",
    word: "excluded",
    change: {
      pool: {
        start: "192.168.48.81",
        end: "192.168.48.90",
        exclude: ["192.168.48.81", "192.168.48.90", "192.168.48.82"],
      },
    },
  },
  { name: "a router", word: "reserved", change: { router: "192.168.48.82" } },
];

for (const { name, word, change } of LATER) {
  Deno.test(`a VM keeps its address when ${name} is put over it, and the mark comes when it goes`, () => {
    const world = new PlannedWorld();
    world.put(world.pools, ippoolSample({ ipv4Config: { router: undefined } }));
    putVm(world, "vm", MAC);
    world.settle();
    const { ipv4Config } = world.pools.get("ippool-1")!.spec as { ipv4Config: JsonObject };
    world.patch(world.pools, "ippool-1", { spec: { ipv4Config: { ...ipv4Config, ...change } } });
    const sentence = `192.168.48.82 is ${word} but held by ${MAC} ` +
      "(VirtualMachineNetworkConfig default/vm), which keeps it; to free an address, take its " +
      "network interface out of that object, or ask there for another one (ipAddress)";
    const { notes } = world.planPool("ippool-1");
    const note = { type: "Warning", reason: "RecordHasProblems", note: sentence };
    assert.deepEqual(notes, [note]);
    world.settle();
    assert.equal(ipv4Of(world).allocated["192.168.48.82"], MAC);
    assert.equal(ipv4Of(world).used, 1);
    assertCounts(world);
    assert.equal(conditionOf(world, "CacheReady").message, sentence);
    const { conditions } = world.vms.get("vm")!.status as { conditions: JsonObject[] };
    assert.equal(conditions.find(({ type }) => type === "Allocated")!.status, "True");
    world.delete(world.vms, "vm");
    world.settle();
    assert.equal(ipv4Of(world).allocated["192.168.48.82"], word.toUpperCase());
    assert.equal(conditionOf(world, "CacheReady").reason, "RecordRead");
    assertCounts(world);
  });
}
