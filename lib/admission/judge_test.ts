import type { JsonObject } from "../base/json.ts";
import assert from "node:assert/strict";
import { judgeAlone } from "../../tests/support/apiserver/object_rules.ts";
import { ippoolSample, vmnetcfgSample } from "../../tests/support/apiserver/samples.ts";
import type { KubeObject } from "../api/meta.ts";
import type { AdmissionRequest, Finding } from "./contract.ts";
import { IPPOOLS, NAMESPACES, VIRTUAL_MACHINE_NETWORK_CONFIGS } from "../api/resources.ts";

function admit(request: AdmissionRequest): readonly Finding[] {
  return judgeAlone(request).errors;
}

function json(object: KubeObject): KubeObject {
  return JSON.parse(JSON.stringify(object));
}

function show(errors: readonly Finding[]): string[] {
  return errors.map(({ field, message }) => `${field}: ${message}`);
}

const CONFIG = "spec.ipv4Config";

const FEWER = "within the subnet; to hand out fewer addresses, add them to exclude";

const DELETED_AT = "2026-01-01T00:00:00Z";
const DELETING = { deletionTimestamp: DELETED_AT };

const CREATES: readonly { name: string; object: KubeObject; errors: readonly string[] }[] = [
  { name: "accepts the example pool", object: ippoolSample(), errors: [] },
  {
    name: "names every bad text",
    object: ippoolSample({ ipv4Config: { dns: ["x"], serverIP: "y" } }),
    errors: [
      `${CONFIG}.serverIP: must be an IPv4 address such as 192.168.48.77, not "y"`,
      `${CONFIG}.dns[0]: must be an IPv4 address such as 192.168.48.77, not "x"`,
    ],
  },
  {
    name: "refuses a range that ends before it starts",
    object: ippoolSample({ pool: { start: "192.168.48.91" } }),
    errors: [`${CONFIG}.pool.start: start ip 192.168.48.91 is after end ip 192.168.48.90`],
  },
  {
    name: "says of an address outside the subnet once that it is",
    object: ippoolSample({ pool: { end: "192.168.49.1" } }),
    errors: [`${CONFIG}.pool.end: end ip 192.168.49.1 is not within subnet`],
  },
  {
    name: "refuses the broadcast address as server",
    object: ippoolSample({ ipv4Config: { serverIP: "192.168.48.255" } }),
    errors: [`${CONFIG}.serverIP: server ip 192.168.48.255 is the same as broadcast ip`],
  },
];

for (const { name, object, errors } of CREATES) {
  Deno.test(`judge() ${name} on create`, () => {
    const request = { type: IPPOOLS, operation: "CREATE" as const, object: json(object) };
    assert.deepEqual(show(admit(request)), errors);
  });
}

const ANEW = "delete the pool when no VM uses it, and create it anew";

const POOL_UPDATES: readonly { change: JsonObject; error: string }[] = [
  {
    change: { spec: { networkName: "default/other" } },
    error:
      "spec.networkName: NetworkName is immutable; to serve another network, create a pool of its own for it",
  },
  {
    change: { spec: { ipv4Config: undefined } },
    error: "spec: IPv4Config is required once set; to stop the pool, set paused",
  },
  {
    change: { ipv4Config: { cidr: "192.168.0.0/16" } },
    error: `${CONFIG}.cidr: CIDR is immutable; to move to another subnet, ${ANEW}`,
  },
  {
    change: { ipv4Config: { serverIP: "192.168.48.78" } },
    error: `${CONFIG}.serverIP: ServerIP is immutable; to answer from another address, ${ANEW}`,
  },
  {
    change: { ipv4Config: { router: "192.168.48.2" } },
    error: `${CONFIG}.router: Router is immutable; to name another one, ${ANEW}`,
  },
  {
    change: { ipv4Config: { router: undefined } },
    error: `${CONFIG}: Router is required once set; to do without, ${ANEW}`,
  },
  {
    change: { pool: { start: "192.168.48.82" } },
    error: `${CONFIG}.pool.start: Start is immutable, except that it may go down ${FEWER}`,
  },
  {
    change: { pool: { start: "192.168.48.0" } },
    error: `${CONFIG}.pool.start: start ip 192.168.48.0 is the same as network ip`,
  },
  {
    change: { pool: { start: "192.168.47.200" } },
    error: `${CONFIG}.pool.start: start ip 192.168.47.200 is not within subnet`,
  },
  {
    change: { pool: { end: "192.168.48.89" } },
    error: `${CONFIG}.pool.end: End is immutable, except that it may grow ${FEWER}`,
  },
  {
    change: { pool: { end: "192.168.48.255" } },
    error: `${CONFIG}.pool.end: end ip 192.168.48.255 is the same as broadcast ip`,
  },
  {
    change: { pool: { end: "192.168.49.9" } },
    error: `${CONFIG}.pool.end: end ip 192.168.49.9 is not within subnet`,
  },
  ...[[], ["192.168.48.81"], ["192.168.48.90", "192.168.48.8"], ["192.168.48.83"]].map(
    (exclude) => ({
      change: { pool: { exclude } },
      error: `${CONFIG}.pool.exclude: Exclude is immutable, except that addresses may be added; ` +
        "to hand out an excluded one, delete the pool when no VM uses it, and create it anew",
    }),
  ),
  {
    change: { pool: { exclude: undefined } },
    error:
      `${CONFIG}.pool: End is required once set, and so is exclude; to hand out an excluded address, ${ANEW}`,
  },
];

for (const { change, error } of POOL_UPDATES) {
  for (const [state, metadata] of [["", {}], [" that is being deleted", DELETING]] as const) {
    Deno.test(`judge() refuses an update of a pool${state}: ${error}`, () => {
      const errors = show(admit({
        type: IPPOOLS,
        operation: "UPDATE",
        oldObject: json(ippoolSample({ metadata })),
        object: json(ippoolSample({ ...change, metadata })),
      }));
      assert.equal(errors[0], error);
    });
  }
}

Deno.test("judge() refuses other addresses in one edit with the last finalizer of a deleted pool", () => {
  const errors = show(admit({
    type: IPPOOLS,
    operation: "UPDATE",
    oldObject: json(ippoolSample({ metadata: { ...DELETING, finalizers: ["f"] } })),
    object: json(ippoolSample({
      metadata: DELETING,
      ipv4Config: { cidr: "1.2.3.0/24", serverIP: "1.2.3.4" },
    })),
  }));
  assert.deepEqual(errors.slice(0, 2), [
    `${CONFIG}.cidr: CIDR is immutable; to move to another subnet, ${ANEW}`,
    `${CONFIG}.serverIP: ServerIP is immutable; to answer from another address, ${ANEW}`,
  ]);
});

const FREE_UPDATES: readonly { name: string; before: KubeObject; after: KubeObject }[] = [
  {
    name: "new DNS servers and a new lease",
    before: ippoolSample(),
    after: ippoolSample({ ipv4Config: { dns: ["8.8.8.8"], leaseTime: 60 } }),
  },
  {
    name: "a first router and first exclusions",
    before: ippoolSample({ ipv4Config: { router: undefined }, pool: { exclude: undefined } }),
    after: ippoolSample(),
  },
  {
    name: "a range that grows at both ends, also past a digit",
    before: ippoolSample(),
    after: ippoolSample({ pool: { start: "192.168.48.9", end: "192.168.48.254" } }),
  },
  {
    name: "further exclusions anywhere in the list",
    before: ippoolSample(),
    after: ippoolSample({
      pool: { exclude: ["192.168.48.90", "192.168.48.7", "192.168.48.81"] },
    }),
  },
  {
    name: "exclusions in the place of an empty list",
    before: ippoolSample({ pool: { exclude: [] } }),
    after: ippoolSample(),
  },
  {
    name: "a range that grows in a pool whose end was never in its subnet",
    before: ippoolSample({ pool: { end: "192.168.49.9" } }),
    after: ippoolSample({ pool: { start: "192.168.48.9", end: "192.168.49.9" } }),
  },
  {
    name: "a finalizer on a pool that was never valid",
    before: ippoolSample({ ipv4Config: { serverIP: "10.0.0.1" } }),
    after: ippoolSample({ ipv4Config: { serverIP: "10.0.0.1" }, metadata: { finalizers: ["f"] } }),
  },
  {
    name: "the last finalizer of a pool that is being deleted and was never valid",
    before: ippoolSample({
      metadata: { deletionTimestamp: DELETED_AT, finalizers: ["f"] },
      ipv4Config: { cidr: "bad" },
    }),
    after: ippoolSample({
      metadata: { deletionTimestamp: DELETED_AT, labels: { a: "b" } },
      ipv4Config: { cidr: "bad" },
    }),
  },
  {
    name: "new DNS servers for those who still use a pool that is being deleted",
    before: ippoolSample({ metadata: { deletionTimestamp: DELETED_AT } }),
    after: ippoolSample({
      metadata: { deletionTimestamp: DELETED_AT },
      ipv4Config: { dns: ["8.8.8.8"] },
    }),
  },
];

for (const { name, before, after } of FREE_UPDATES) {
  Deno.test(`judge() accepts ${name}`, () => {
    const request = { type: IPPOOLS, oldObject: json(before), object: json(after) };
    assert.deepEqual(admit({ ...request, operation: "UPDATE" }), []);
  });
}

Deno.test("judge() refuses what an update makes worse on a pool that was never valid", () => {
  const errors = admit({
    type: IPPOOLS,
    operation: "UPDATE",
    oldObject: json(ippoolSample({ ipv4Config: { ntp: ["-"] } })),
    object: json(ippoolSample({ ipv4Config: { ntp: ["-"], dns: ["x"] } })),
  });
  assert.deepEqual(errors.map((error) => error.field), [`${CONFIG}.dns[0]`]);
});

Deno.test("judge() refuses another bad text in the place of a bad text", () => {
  const errors = admit({
    type: IPPOOLS,
    operation: "UPDATE",
    oldObject: json(ippoolSample({ ipv4Config: { dns: ["x"] } })),
    object: json(ippoolSample({ ipv4Config: { dns: ["y"] } })),
  });
  assert.deepEqual(show(errors), [
    `${CONFIG}.dns[0]: must be an IPv4 address such as 192.168.48.77, not "y"`,
  ]);
});

Deno.test("judge() takes an object that cannot be written as text for no address", () => {
  const errors = admit({
    type: IPPOOLS,
    operation: "UPDATE",
    oldObject: json(ippoolSample({ pool: { start: { toString: false } } })),
    object: json(ippoolSample()),
  });
  assert.deepEqual(errors.map((error) => error.field), [`${CONFIG}.pool.start`]);
});

Deno.test("judge() asks for no field of a part that was taken away as a whole", () => {
  const errors = admit({
    type: IPPOOLS,
    operation: "UPDATE",
    oldObject: json(ippoolSample()),
    object: json(ippoolSample({ spec: { ipv4Config: undefined } })),
  });
  const words = show(errors).filter((error) => error.includes("once set"));
  assert.deepEqual(words, ["spec: IPv4Config is required once set; to stop the pool, set paused"]);
});

for (const [state, metadata] of [["", {}], [" that is being deleted", DELETING]] as const) {
  Deno.test(`judge() keeps the VM of a VirtualMachineNetworkConfig${state}`, () => {
    const errors = admit({
      type: VIRTUAL_MACHINE_NETWORK_CONFIGS,
      operation: "UPDATE",
      oldObject: vmnetcfgSample({ metadata }),
      object: vmnetcfgSample({ metadata, spec: { vmName: "other" } }),
    });
    assert.deepEqual(show(errors), [
      "spec.vmName: VMName is immutable; for another VM, create a VirtualMachineNetworkConfig of its own",
    ]);
  });
}

Deno.test("judge() accepts one MAC twice and refuses both spellings together", () => {
  const nic = { macAddress: "fa:cf:8e:50:82:fc", networkName: "net-48" };
  function create(spec: JsonObject): string[] {
    const object = vmnetcfgSample({ spec });
    return show(admit({ type: VIRTUAL_MACHINE_NETWORK_CONFIGS, operation: "CREATE", object }));
  }
  assert.deepEqual(create({ networkConfigs: [nic, nic] }), []);
  assert.deepEqual(create({ networkConfigs: [nic], networkConfig: [nic] }), [
    "spec: Only one of networkConfig and networkConfigs may be set",
  ]);
});

Deno.test("judge() has no opinion on deletions and other kinds", () => {
  const bad = ippoolSample({ ipv4Config: { cidr: "bad" } });
  assert.deepEqual(admit({ type: IPPOOLS, operation: "DELETE", oldObject: bad }), []);
  assert.deepEqual(admit({ type: NAMESPACES, operation: "CREATE", object: bad }), []);
  const namesake = { ...IPPOOLS, group: "crd.projectcalico.org" };
  assert.deepEqual(admit({ type: namesake, operation: "CREATE", object: bad }), []);
});
