/** What the conditions of VMs would say once objects are there that are not there yet, such as those of manifests. */

import { AddressMemory } from "../ipam/address_memory.ts";
import type { IPPool } from "../api/ippool/ippool.ts";
import { parseIPPool } from "../api/ippool/parse_ippool.ts";
import { keyOf, type KubeObject, type Observed } from "../api/meta.ts";
import { IPPOOLS, VIRTUAL_MACHINE_NETWORK_CONFIGS } from "../api/resources.ts";
import { parseVirtualMachineNetworkConfig } from "../api/vmnetcfg/parse_vmnetcfg.ts";
import { planIPPool } from "../reconcile/ippool/ippool.ts";
import { poolViewOf, withChanges } from "../reconcile/ippool/pool_view.ts";
import { IPPOOL_FINALIZER, VMNETCFG_FINALIZER } from "../reconcile/names.ts";
import { objectOf } from "../reconcile/raw_fields.ts";
import { nicOutcomeOf } from "../reconcile/vmnetcfg/nic_outcome.ts";
import { Facts } from "./facts.ts";

/** A NIC that would get no address. */
export interface UnservedNic {
  /** `namespace/name` of its object. */
  readonly owner: string;
  /** Position of the NIC in it. */
  readonly nicIndex: number;
  /** What the condition of its object would say. */
  readonly message: string;
}

/** All at the same time: then names decide who comes first. */
const THEN = "1970-01-01T00:00:00Z";

/**
 * Plans pools and VMs as a controller that finds them all at once. A pool is paused on purpose and for a
 * while, so the NICs of a paused one are planned for the time after that.
 */
export function unservedNicsOf(objects: readonly KubeObject[]): readonly UnservedNic[] {
  const ippools = ofKind(objects, IPPOOLS.kind, IPPOOL_FINALIZER).map(resumed)
    .map((object) => ({ object, parsed: parseIPPool(object) }));
  const vmnetcfgs = ofKind(objects, VIRTUAL_MACHINE_NETWORK_CONFIGS.kind, VMNETCFG_FINALIZER)
    .map((object) => ({ object, parsed: parseVirtualMachineNetworkConfig(object) }));
  const before = new Facts(ippools, vmnetcfgs);
  const after = new Facts(ippools.map((ippool) => plannedPool(ippool, before)), vmnetcfgs);
  return vmnetcfgs.flatMap(({ object, parsed }) => {
    if (!parsed.ok || parsed.value.spec.paused === true) return [];
    const owner = keyOf(object);
    const { namespace = "" } = object.metadata;
    return parsed.value.spec.networkConfigs.flatMap((nic, nicIndex) => {
      const id = { owner, namespace, nicIndex };
      const view = after.network(nic.networkName);
      const { failure } = nicOutcomeOf(nic, id, { view, told: undefined });
      return failure === undefined ? [] : [{ owner, nicIndex, message: failure.message }];
    });
  });
}

/** Objects of a kind as a controller has taken them over. */
function ofKind(
  objects: readonly KubeObject[],
  kind: string,
  finalizer: string,
): readonly KubeObject[] {
  return objects.filter((object) => object.kind === kind).map((object) => {
    const metadata = { ...object.metadata, creationTimestamp: THEN, finalizers: [finalizer] };
    return { ...object, metadata };
  });
}

function resumed(object: KubeObject): KubeObject {
  return { ...object, spec: { ...objectOf(object.spec), paused: false } };
}

/** A pool with the record that a controller would write. */
function plannedPool(ippool: Observed<IPPool>, facts: Facts): Observed<IPPool> {
  const pool = poolViewOf(ippool);
  const { network } = pool;
  if (network === undefined) return ippool;
  const plan = planIPPool({
    pool,
    others: facts.network(network).pools.filter(({ key }) => key !== pool.key),
    nad: undefined,
    claimsOn: (name) => facts.network(name).claims,
    isMacNamed: () => true,
    agent: undefined,
    wire: undefined,
    nowIso: THEN,
    nowMs: 0,
    memory: new AddressMemory(0),
  });
  const status = withChanges(pool, plan.record, () => structuredClone(plan.status));
  const object = { ...ippool.object, ...(status === undefined ? {} : { status }) };
  return { object, parsed: parseIPPool(object) };
}
