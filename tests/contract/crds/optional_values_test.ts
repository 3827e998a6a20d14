/** Whatever stands in an optional field of a pool, those who have an address are served. */

import assert from "node:assert/strict";
import { isJsonObject, type JsonObject } from "../../../lib/base/json.ts";
import { IPPOOLS } from "../../../lib/api/resources.ts";
import { parseIPPool } from "../../../lib/api/ippool/parse_ippool.ts";
import type { KubeObject } from "../../../lib/api/meta.ts";
import { formatIpv4Address } from "../../../lib/net/ipv4_address.ts";
import { leaseTableOf } from "../../../lib/reconcile/lease_table.ts";
import { readCrd, schemaOf } from "../../support/apiserver/crds.ts";
import { judgeAlone } from "../../support/apiserver/object_rules.ts";
import { ippoolSample, vmnetcfgSample } from "../../support/apiserver/samples.ts";
import { PlannedWorld } from "../../support/controller/planned_world.ts";

/** What serving is made of. */
const ESSENTIAL = [
  ...["networkName", "ipv4Config", "ipv4Config.cidr", "ipv4Config.serverIP"],
  ...["ipv4Config.pool", "ipv4Config.pool.start", "ipv4Config.pool.end"],
];
/** What keeps addresses from being handed out: without it, none is. */
const LIMITING = [
  ...["paused", "allowedNamespaces", "maxAddressesPerNamespace"],
  ...["ipv4Config.router", "ipv4Config.pool.exclude"],
];
const BAD: readonly unknown[] = [
  ...[7, -1, 1.5, 2 ** 40, true, "", " ", "bogus", "a name", "10.0.0.300", "x".repeat(300)],
  ...[[], [7], [""], ["a name"], ["10.0.0.300"], ["x".repeat(300)], [{}], [["a"]]],
  ...[Array(5000).fill("bogus"), Array(5000).fill("10.0.0.1"), {}, { files: 7 }, { x: 1 }],
];

/** The fields of a schema that hold values or lists of texts, as paths below `spec`. */
function* fieldsOf(schema: JsonObject, path = ""): Generator<string> {
  for (const [key, field] of Object.entries(schema.properties as Record<string, JsonObject>)) {
    const at = path === "" ? key : `${path}.${key}`;
    yield at;
    if (isJsonObject(field.properties)) yield* fieldsOf(field, at);
  }
}

/** Lays a value at a path of the specification. */
function withValue(object: KubeObject, path: string, value: unknown): KubeObject {
  const copy = structuredClone(object) as JsonObject;
  let at = copy.spec as Record<string, unknown>;
  const keys = path.split(".");
  for (const key of keys.slice(0, -1)) {
    at[key] ??= {};
    at = at[key] as Record<string, unknown>;
  }
  at[keys.at(-1)!] = value;
  return copy as unknown as KubeObject;
}

function addVm(world: PlannedWorld, i: number): string {
  const name = `vm-${i}`;
  const nic = { macAddress: `fa:cf:8e:00:00:0${i}`, networkName: "default/net-48" };
  world.put(
    world.vms,
    vmnetcfgSample({ metadata: { name }, spec: { vmName: name, networkConfigs: [nic] } }),
  );
  return name;
}

function servedBy(object: KubeObject): readonly string[] {
  const parsed = parseIPPool(JSON.parse(JSON.stringify(object)));
  assert.ok(parsed.ok, JSON.stringify(parsed));
  const table = leaseTableOf(parsed.value, () => []);
  return [...table.bindings()].map(([, address]) => formatIpv4Address(address));
}

function cacheReadyOf(object: KubeObject): JsonObject {
  const { conditions } = object.status as { conditions: readonly JsonObject[] };
  return conditions.find(({ type }) => type === "CacheReady")!;
}

const schema = (schemaOf(readCrd("ippool")).properties as Record<string, JsonObject>).spec!;

for (const path of fieldsOf(schema)) {
  if (ESSENTIAL.includes(path)) continue;
  Deno.test(`a pool serves on whatever stands in spec.${path}`, () => {
    let refused = 0;
    for (const value of BAD) {
      const shown = JSON.stringify(value).slice(0, 60);
      const world = new PlannedWorld();
      world.put(world.pools, ippoolSample());
      addVm(world, 1);
      world.settle();
      const served = servedBy(world.pools.get("ippool-1")!);
      assert.equal(served.length, 1);
      world.put(world.pools, withValue(world.pools.get("ippool-1")!, path, value));
      world.restart();
      const fresh = addVm(world, 2);
      world.settle();
      const object = world.pools.get("ippool-1")!;
      assert.ok(servedBy(object).includes(served[0]!), shown);
      const { spec } = (parseIPPool(object) as { value: { spec: Unreadable } }).value;
      const faults = [...spec.unreadable, ...spec.unreadableLimits];
      if (faults.length === 0) continue;
      refused++;
      assert.equal(spec.unreadableLimits.length > 0, LIMITING.includes(path), shown);
      const { status, reason, message } = cacheReadyOf(object);
      assert.ok(String(message).includes(`spec.${path.split(".").slice(0, 2).join(".")}`), shown);
      const isLimit = LIMITING.includes(path);
      assert.equal(reason, isLimit ? "InvalidSpec" : "SpecHasProblems", shown);
      assert.equal(status, isLimit ? "False" : "True", shown);
      const [nic] = (world.vms.get(fresh)!.status as { networkConfigs: JsonObject[] })
        .networkConfigs;
      assert.equal(nic?.allocatedIPAddress !== undefined, !isLimit, shown);
      const { errors } = judgeAlone({ type: IPPOOLS, operation: "CREATE", object });
      assert.ok(errors.length > 0, shown);
    }
    assert.ok(refused > 3, `only ${refused} values are refused`);
  });
}

interface Unreadable {
  readonly unreadable: readonly unknown[];
  readonly unreadableLimits: readonly unknown[];
}
