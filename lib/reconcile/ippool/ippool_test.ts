import type { JsonObject } from "../../base/json.ts";
import assert from "node:assert/strict";
import { PlannedWorld } from "../../../tests/support/controller/planned_world.ts";
import { ippoolSample, vmnetcfgSample } from "../../../tests/support/apiserver/samples.ts";
import type { IPPoolPlan } from "./ippool.ts";
import { BINDINGS_MAX } from "../../ipam/address_allocator.ts";
import { formatIpv4Address, ipv4AddressFromNumber } from "../../net/ipv4_address.ts";
import { IPPOOL_FINALIZER, VMNETCFG_FINALIZER } from "../names.ts";

const MAC_A = "52:54:00:00:00:0a";
const MAC_B = "52:54:00:00:00:0b";
const MARKS = { "192.168.48.81": "EXCLUDED", "192.168.48.90": "EXCLUDED" };

interface Setting {
  readonly pool?: NonNullable<Parameters<typeof ippoolSample>[0]>;
  readonly allocated?: JsonObject;
  readonly vms?: readonly { metadata?: JsonObject; spec?: JsonObject; status?: JsonObject }[];
}

/** A world with one pool, ready to allocate, and VMs named vm-1, vm-2 and so on. */
function worldOf({ pool = {}, allocated, vms = [] }: Setting): PlannedWorld {
  const world = new PlannedWorld();
  const ipv4 = { used: 0, available: 0, ...(allocated === undefined ? {} : { allocated }) };
  const metadata = { finalizers: [IPPOOL_FINALIZER], ...pool.metadata };
  world.put(world.pools, ippoolSample({ status: { ipv4 }, ...pool, metadata }));
  vms.forEach((vm, i) => {
    const metadata = { name: `vm-${i + 1}`, finalizers: [VMNETCFG_FINALIZER], ...vm.metadata };
    world.put(world.vms, vmnetcfgSample({ ...vm, metadata }));
  });
  return world;
}

function nics(...list: readonly { mac: string; ip?: string }[]): JsonObject {
  return {
    networkConfigs: list.map(({ mac, ip }) => ({
      macAddress: mac,
      networkName: "default/net-48",
      ...(ip === undefined ? {} : { ipAddress: ip }),
    })),
  };
}

function plan(setting: Setting): IPPoolPlan {
  return worldOf(setting).planPool("ippool-1");
}

function bindingsOf({ status }: IPPoolPlan): JsonObject {
  const { allocated } = (status as { ipv4: { allocated: JsonObject } }).ipv4;
  return Object.fromEntries(
    Object.entries(allocated).filter(([address]) => !Object.hasOwn(MARKS, address)),
  );
}

function conditionOf({ status }: IPPoolPlan, type: string): JsonObject {
  return (status as { conditions: JsonObject[] }).conditions.find((each) => each.type === type)!;
}

Deno.test("planIPPool() says by a condition which options do not fit", () => {
  const condition = (ipv4Config: JsonObject) => {
    const { status, reason, message } = conditionOf(plan({ pool: { ipv4Config } }), "OptionsFit");
    return { status, reason, message };
  };
  assert.deepEqual(condition({}), {
    status: "True",
    reason: "AllFit",
    message: "every reply has room for all options",
  });
  const routes = Array.from({ length: 35 }, (_, i) => (
    { destination: `10.0.${i}.0/24`, gateway: "192.168.48.1" }
  ));
  const { status, reason, message } = condition({ routes });
  assert.deepEqual([status, reason], ["False", "OptionsLeftOut"]);
  assert.match(String(message), /not told option 249 .*; a client .* not told option 121 /);
  const world = worldOf({ pool: { ipv4Config: { routes } } });
  const reasons = () =>
    world.planPool("ippool-1").notes.map(({ type, reason: why }) => [type, why]);
  assert.deepEqual(reasons(), [["Warning", "OptionsLeftOut"]]);
  const { status: unknown } = condition({ cidr: "bad" });
  assert.equal(unknown, "Unknown");
});

const A_HAS_85 = { "192.168.48.85": MAC_A, ...MARKS };

const RECORDS: readonly (Setting & { name: string; bindings: JsonObject; refused?: string[] })[] = [
  {
    name: "binds the NICs of one VM one after the other",
    vms: [{ spec: nics({ mac: MAC_A }, { mac: MAC_B }) }],
    bindings: { "192.168.48.82": MAC_A, "192.168.48.83": MAC_B },
  },
  {
    name: "goes on after the highest address in use",
    allocated: A_HAS_85,
    vms: [{ spec: nics({ mac: MAC_A }) }, { spec: nics({ mac: MAC_B }) }],
    bindings: { "192.168.48.85": MAC_A, "192.168.48.86": MAC_B },
  },
  {
    name: "takes back what is not claimed",
    allocated: A_HAS_85,
    bindings: {},
  },
  {
    name: "takes back what a paused VM had",
    allocated: A_HAS_85,
    vms: [{ spec: { ...nics({ mac: MAC_A }), paused: true } }],
    bindings: {},
  },
  {
    name: "takes back what a deleted VM had",
    allocated: A_HAS_85,
    vms: [{
      metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" },
      spec: nics({ mac: MAC_A }),
    }],
    bindings: {},
  },
  {
    name: "keeps what an unreadable VM has by its status",
    allocated: A_HAS_85,
    vms: [{
      spec: { networkConfigs: "?" },
      status: { networkConfigs: [{ macAddress: MAC_A, networkName: "default/net-48" }] },
    }],
    bindings: { "192.168.48.85": MAC_A },
  },
  {
    name: "keeps the binding of a VM that lost its finalizer",
    allocated: A_HAS_85,
    vms: [{ metadata: { finalizers: [] }, spec: nics({ mac: MAC_A }) }],
    bindings: { "192.168.48.85": MAC_A },
  },
  {
    name: "binds nothing for a VM that has no finalizer yet",
    vms: [{ metadata: { finalizers: [] }, spec: nics({ mac: MAC_A }) }],
    bindings: {},
  },
  {
    name: "keeps one address of a MAC that has two: the one that its VM was told",
    allocated: { "192.168.48.84": MAC_A, ...A_HAS_85 },
    vms: [{
      spec: nics({ mac: MAC_A }),
      status: {
        networkConfigs: [{
          allocatedIPAddress: "192.168.48.85",
          macAddress: MAC_A,
          networkName: "default/net-48",
          state: "Allocated",
        }],
      },
    }],
    bindings: { "192.168.48.85": MAC_A },
  },
  {
    name: "keeps an unreadable entry and does not hand its address out",
    allocated: { "192.168.48.82": "?", "192.168.48.83": "", ...MARKS },
    vms: [{ spec: nics({ mac: MAC_A }) }],
    bindings: { "192.168.48.82": "?", "192.168.48.83": "", "192.168.48.84": MAC_A },
  },
  {
    name: "gives wanted addresses before any",
    vms: [{ spec: nics({ mac: MAC_A }) }, { spec: nics({ mac: MAC_B, ip: "192.168.48.82" }) }],
    bindings: { "192.168.48.83": MAC_A, "192.168.48.82": MAC_B },
  },
  {
    name: "moves a NIC to the address that it came to want",
    allocated: A_HAS_85,
    vms: [{ spec: nics({ mac: MAC_A, ip: "192.168.48.86" }) }],
    bindings: { "192.168.48.86": MAC_A },
  },
  {
    name: "leaves a NIC where it is when the wanted address is taken",
    allocated: { "192.168.48.86": MAC_B, ...A_HAS_85 },
    vms: [{ spec: nics({ mac: MAC_A, ip: "192.168.48.86" }) }, { spec: nics({ mac: MAC_B }) }],
    bindings: { "192.168.48.85": MAC_A, "192.168.48.86": MAC_B },
    refused: ["AddressTaken"],
  },
  {
    name: "takes back first what two NICs have that swap",
    allocated: { "192.168.48.86": MAC_B, ...A_HAS_85 },
    vms: [
      { spec: nics({ mac: MAC_A, ip: "192.168.48.86" }) },
      { spec: nics({ mac: MAC_B, ip: "192.168.48.85" }) },
    ],
    bindings: {},
  },
  {
    name: "moves only the first of two NICs that come to want one address",
    allocated: { "192.168.48.86": MAC_B, ...A_HAS_85 },
    vms: [
      { spec: nics({ mac: MAC_A, ip: "192.168.48.87" }) },
      { spec: nics({ mac: MAC_B, ip: "192.168.48.87" }) },
    ],
    bindings: { "192.168.48.87": MAC_A, "192.168.48.86": MAC_B },
    refused: ["AddressTaken"],
  },
  {
    name: "binds nothing in a paused pool, but takes back",
    pool: { spec: { paused: true } },
    allocated: A_HAS_85,
    vms: [{ spec: nics({ mac: MAC_B }) }],
    bindings: {},
  },
  {
    name: "binds nothing in a pool without its finalizer",
    pool: { metadata: { finalizers: [] } },
    vms: [{ spec: nics({ mac: MAC_B }) }],
    bindings: {},
  },
];

for (const { name, bindings, refused = [], ...setting } of RECORDS) {
  Deno.test(`planIPPool() ${name}`, () => {
    const planned = plan(setting);
    assert.deepEqual(bindingsOf(planned), bindings);
    assert.deepEqual(planned.record.refusals.map(({ reason }) => reason), refused);
  });
}

Deno.test("planIPPool() reserves server and router in the range and excludes what is excluded", () => {
  const planned = plan({
    pool: { ipv4Config: { serverIP: "192.168.48.85", router: "192.168.48.86" } },
  });
  const { ipv4 } = planned.status as { ipv4: JsonObject };
  assert.deepEqual(ipv4, {
    allocated: { ...MARKS, "192.168.48.85": "RESERVED", "192.168.48.86": "RESERVED" },
    used: 0,
    available: 6,
    total: 10,
    excluded: 2,
    reserved: 2,
  });
});

Deno.test("planIPPool() takes a mark away that the specification does not ask for", () => {
  const planned = plan({ allocated: { ...MARKS, "192.168.48.84": "EXCLUDED" } });
  assert.deepEqual(bindingsOf(planned), {});
});

Deno.test("planIPPool() does not put a mark over a binding, and says so", () => {
  const planned = plan({
    allocated: { "192.168.48.81": MAC_A, "192.168.48.90": "EXCLUDED" },
    vms: [{ spec: nics({ mac: MAC_A }) }],
  });
  const { ipv4 } = planned.status as { ipv4: { allocated: JsonObject } };
  assert.equal(ipv4.allocated["192.168.48.81"], MAC_A);
  const holder = `${MAC_A} (VirtualMachineNetworkConfig default/vm-1)`;
  const message = `192.168.48.81 is excluded but held by ${holder}, which keeps it; to free an ` +
    "address, take its network interface out of that object, or ask there for another one (ipAddress)";
  assert.equal(conditionOf(planned, "CacheReady").message, message);
  assert.deepEqual(planned.notes, [{
    type: "Warning",
    reason: "RecordHasProblems",
    note: message,
  }]);
});

Deno.test("planIPPool() loses nothing of a pool that became invalid, and names every fault", () => {
  const world = worldOf({
    pool: { pool: { start: "10.0.0.1", end: "10.0.0.0" } },
    allocated: A_HAS_85,
    vms: [{ spec: nics({ mac: MAC_A }) }],
  });
  const planned = world.planPool("ippool-1");
  const { ipv4 } = planned.status as { ipv4: JsonObject };
  assert.deepEqual(ipv4, { allocated: A_HAS_85, used: 1, available: 0 });
  const { status, reason, message } = conditionOf(planned, "CacheReady");
  assert.deepEqual([status, reason], ["False", "InvalidSpec"]);
  assert.match(String(message), /pool\.start: .* not within subnet; .*pool\.end: .* not within/);
});

Deno.test("planIPPool() neither moves nor binds a claim in a full record", () => {
  const first = 0x0a300100;
  const entries = Object.fromEntries(
    Array.from({ length: BINDINGS_MAX - 1 }, (_, i) => [
      formatIpv4Address(ipv4AddressFromNumber(first + i)),
      "?",
    ]),
  );
  const planned = plan({
    pool: {
      ipv4Config: { cidr: "10.48.0.0/15", serverIP: "10.48.0.2", router: "10.48.0.1" },
      pool: { start: "10.48.1.0", end: "10.49.255.254", exclude: undefined },
    },
    allocated: { ...entries, "10.49.200.1": MAC_A },
    vms: [{ spec: nics({ mac: MAC_A, ip: "10.49.200.2" }) }, { spec: nics({ mac: MAC_B }) }],
  });
  assert.deepEqual(
    planned.record.refusals.map(({ reason }) => reason),
    ["PoolRecordFull", "PoolRecordFull"],
  );
  const { ipv4 } = planned.status as { ipv4: { allocated: JsonObject; available: number } };
  assert.equal(ipv4.allocated["10.49.200.1"], MAC_A);
  assert.equal(ipv4.available, 0);
});
