/** A pool that the rules let in is one that planners and agents can serve. */

import assert from "node:assert/strict";
import { applyJsonPatch } from "../../../lib/apiserver/patch/json_patch.ts";
import { defaultIPPool } from "../../../lib/admission/defaults.ts";
import { judge } from "../../../lib/admission/judge.ts";
import { parseIPPool } from "../../../lib/api/ippool/parse_ippool.ts";
import type { KubeObject } from "../../../lib/api/meta.ts";
import { IPPOOLS, VIRTUAL_MACHINE_NETWORK_CONFIGS } from "../../../lib/api/resources.ts";
import { type JsonObject, objectAt } from "../../../lib/base/json.ts";
import { addressRangeOf } from "../../../lib/ipam/address_range.ts";
import { parseCidr } from "../../../lib/net/cidr.ts";
import { formatIpv4Address, ipv4AddressFromNumber } from "../../../lib/net/ipv4_address.ts";
import { leaseTableOf } from "../../../lib/reconcile/lease_table.ts";
import { networkSample, worldOf } from "../../support/apiserver/admission_worlds.ts";
import { judgeAlone } from "../../support/apiserver/object_rules.ts";
import { ippoolSample, vmnetcfgSample } from "../../support/apiserver/samples.ts";
import { PlannedWorld } from "../../support/controller/planned_world.ts";
import { mulberry32 } from "../../support/harness/seeded_random.ts";

const RUNS = 1500;
const VMS = 3;
const NETWORKS = [0x0a000000, 0xc0a83000, 0xac134080, 0xfffffff0, 0, 0x7f000000, 0xdfffff00];
const LENGTHS = [0, 8, 16, 22, 24, 28, 29, 30, 31, 32];

/** A pool that is well formed more often than not. */
function anyPool(random: () => number): KubeObject {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const sometimes = <T>(share: number, value: () => T): T | undefined =>
    random() < share ? value() : undefined;
  const network = pick(NETWORKS);
  const near = () =>
    formatIpv4Address(ipv4AddressFromNumber((network + Math.floor(random() * 20) - 2) >>> 0));
  const blank = () => random() < 0.3 ? "" : near();
  return ippoolSample({
    ipv4Config: {
      cidr: `${formatIpv4Address(ipv4AddressFromNumber(network))}/${pick(LENGTHS)}`,
      serverIP: blank(),
      router: sometimes(0.4, near),
      dns: sometimes(0.3, () => [near()]) ?? [],
      ntp: [],
    },
    pool: { start: blank(), end: blank(), exclude: sometimes(0.3, () => [near(), near()]) },
  });
}

/** The pool as it is stored; `undefined` when it is refused. */
function admitted(sent: KubeObject): KubeObject | undefined {
  const object: KubeObject = JSON.parse(JSON.stringify(sent));
  const defaults = defaultIPPool(object);
  if (!defaults.ok) return undefined;
  const filled = applyJsonPatch(object, defaults.patch) as KubeObject;
  const { errors } = judgeAlone({ type: IPPOOLS, operation: "CREATE", object: filled });
  return errors.length === 0 ? filled : undefined;
}

Deno.test("a pool that is admitted hands its addresses out, and its agents answer with them", () => {
  let served = 0;
  for (let seed = 1; seed <= RUNS; seed++) {
    const object = admitted(anyPool(mulberry32(seed)));
    if (object === undefined) continue;
    const world = new PlannedWorld();
    world.put(world.pools, object);
    for (let i = 0; i < VMS; i++) {
      putVm(world, `vm-${i}`, { macAddress: `fa:cf:8e:00:00:0${i}` });
    }
    world.settle();
    const parsed = parseIPPool(world.pools.get("ippool-1"));
    assert.ok(parsed.ok, `seed ${seed}`);
    const { addresses } = world.view("ippool-1");
    assert.ok(addresses.ok && addresses.value.faults.length === 0, `seed ${seed}`);
    const range = addressRangeOf(parsed.value.spec.ipv4Config);
    assert.ok(range.ok, `seed ${seed}`);
    const held = leaseTableOf(parsed.value, () => []).size;
    assert.equal(held, Math.min(VMS, range.value.allocatableCount), `seed ${seed}`);
    if (held > 0) served++;
  }
  assert.ok(served > RUNS / 50, `${served} of ${RUNS}`);
});

Deno.test("a NIC that is not warned of the address it asks for gets it, and one that is warned waits", () => {
  const outcomes = { got: 0, waits: 0 };
  for (let seed = 1; seed <= RUNS; seed++) {
    const random = mulberry32(seed);
    const pool = admitted(anyPool(random));
    if (pool === undefined) continue;
    const world = new PlannedWorld();
    world.put(world.pools, pool);
    putVm(world, "vm-0", { macAddress: "fa:cf:8e:00:00:00" });
    world.settle();
    const stored = world.pools.get("ippool-1")!;
    const { cidr } = (stored.spec as { ipv4Config: { cidr: string } }).ipv4Config;
    const first = parseCidr(cidr)!.network;
    const ipAddress = formatIpv4Address(
      ipv4AddressFromNumber((first + Math.floor(random() * 24) - 2) >>> 0),
    );
    const nic = { macAddress: "fa:cf:8e:00:00:01", ipAddress };
    const object = putVm(world, "vm-1", nic);
    const around = worldOf({ networks: [networkSample("net-48")], pools: [stored] });
    const type = VIRTUAL_MACHINE_NETWORK_CONFIGS;
    const { errors, warnings } = judge({ type, operation: "CREATE", object }, around);
    if (errors.length > 0) continue;
    world.settle();
    const { allocated } = objectAt(world.pools.get("ippool-1")!.status, "ipv4");
    const hasIt = (allocated as Record<string, string>)[ipAddress] === nic.macAddress;
    assert.equal(hasIt, warnings.length === 0, `seed ${seed}: ${ipAddress} of ${cidr}`);
    outcomes[hasIt ? "got" : "waits"]++;
  }
  assert.ok(outcomes.got > 10 && outcomes.waits > 10, JSON.stringify(outcomes));
});

/** Puts a VM there, whose NIC is on the network of the pool. */
function putVm(world: PlannedWorld, name: string, nic: JsonObject): KubeObject {
  const networkConfigs = [{ networkName: "default/net-48", ...nic }];
  const object = vmnetcfgSample({ metadata: { name }, spec: { vmName: name, networkConfigs } });
  world.put(world.vms, object);
  return object;
}
