/** The rules of admission over the caches of a cluster. */

import type { AdmissionWorld, NetworkFacts, PoolFacts } from "../../../lib/admission/contract.ts";
import { defaultIPPool } from "../../../lib/admission/defaults.ts";
import { networkFactsOf, networkUserOf, poolFactsOf } from "../../../lib/admission/facts.ts";
import { ADMISSION_CHECKS, denialOf, judge } from "../../../lib/admission/judge.ts";
import { untilAborted } from "../../../lib/base/abort.ts";
import type {
  CachedKind,
  KubeObject,
  ObjectMeta,
  Observed,
  Parsed,
} from "../../../lib/api/meta.ts";
import type { NetworkAttachmentDefinition } from "../../../lib/api/network_attachment_definition.ts";
import { IPPOOLS, NODES, VIRTUAL_MACHINE_NETWORK_CONFIGS } from "../../../lib/api/resources.ts";
import { extractNode, type Node, parseNode } from "../../../lib/api/workload/node.ts";
import type { Informer } from "../../../lib/kube/contract.ts";
import type { Cidr } from "../../../lib/net/cidr.ts";
import { IPPOOL_KIND, NETWORK_KIND, VMNETCFG_BY_NETWORK } from "../../../lib/reconcile/kinds.ts";
import { type UsedNic, usedNicsOf } from "../../../lib/reconcile/raw_fields.ts";
import type { Rules } from "../../../lib/webhook/rules.ts";
import type { Informers } from "../informers.ts";

/** Where a process may not read them, no pool is compared with them. */
const NODE_KIND: CachedKind<Node> = {
  type: NODES,
  extract: extractNode,
  parse: parseNode,
  optional: "awaited",
};

/** The rules that look at caches. */
const LOOKING_AROUND = new Set(
  ADMISSION_CHECKS.filter(({ scope }) => scope === "world").map(({ name }) => name),
);

/** Of no VM is anything kept that could be parsed. */
const NOT_PARSED: Parsed<undefined> = Object.freeze({ ok: true, value: undefined });

/** What is kept of a VM. */
interface UserObject extends KubeObject {
  readonly nics: readonly UsedNic[];
}

/**
 * Who uses which network: no more is asked of VMs, of which there may be ten thousand, so no more is kept.
 */
const USER_KIND: CachedKind<undefined> = {
  type: VIRTUAL_MACHINE_NETWORK_CONFIGS,
  extract(object): UserObject {
    const { apiVersion, kind, metadata: { name, namespace, resourceVersion } } = object;
    return {
      apiVersion,
      kind,
      // Frozen, so that nobody looks there for texts that other objects have as well.
      metadata: Object.freeze({ name, namespace, resourceVersion }) as ObjectMeta,
      nics: usedNicsOf({ object }),
    };
  },
  parse: () => NOT_PARSED,
  indexes: {
    [VMNETCFG_BY_NETWORK]: ({ object }) => [
      ...new Set(nicsKeptIn(object).map(({ network }) => network)),
    ],
  },
};

/** None of an object that no extract could be made of. */
function nicsKeptIn(object: KubeObject): readonly UsedNic[] {
  return (object as Partial<UserObject>).nics ?? [];
}

/** What is known besides what the caches hold. */
export interface ClusterFacts {
  readonly serviceCidrs: readonly Cidr[];
  readonly clusterCidrs: readonly Cidr[];
  readonly trustedUsers: readonly string[];
}

/** Makes the rules; ask before the informers run. */
export function createClusterRules(informers: Informers, facts: ClusterFacts): Rules {
  const changed = changesOf(informers);
  return rulesIn(worldOf(informers, facts), { trustedUsers: facts.trustedUsers, changed });
}

/** The rules in a world, which changes. */
export function rulesIn(
  world: AdmissionWorld,
  { trustedUsers, changed }: Pick<ClusterFacts, "trustedUsers"> & Pick<Rules, "changed">,
): Rules {
  const trusted = new Set(trustedUsers);
  return {
    trusts: (user) => trusted.has(user),
    judge: (request) => judge(request, world),
    mayPass: (errors) => errors.every(({ check }) => LOOKING_AROUND.has(check)),
    changed,
    denial: denialOf,
    defaults: ({ type, object }) =>
      object !== undefined && type.plural === IPPOOLS.plural
        ? defaultIPPool(object)
        : { ok: true, patch: [] },
  };
}

/** Waits for the next change of a cache, or until the signal aborts. */
function changesOf(informers: Informers): Rules["changed"] {
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const resolve of waiting) resolve();
    waiting.clear();
  };
  informers.of(IPPOOL_KIND).onChange(wake);
  informers.of(USER_KIND).onChange(wake);
  informers.of(NETWORK_KIND).onChange(wake);
  informers.of(NODE_KIND).onChange(wake);
  return async (signal) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.add(resolve);
    await Promise.race([promise, untilAborted(signal)]);
    // One that was told is not waiting any more.
    return !waiting.delete(resolve);
  };
}

function worldOf(
  informers: Informers,
  { serviceCidrs, clusterCidrs }: ClusterFacts,
): AdmissionWorld {
  const ippools = informers.of(IPPOOL_KIND);
  const vmnetcfgs = informers.of(USER_KIND);
  const networks = informers.of(NETWORK_KIND);
  const nodes = informers.of(NODE_KIND);
  // Read anew only when a pool has changed: most reviews look at all of them.
  let pools: readonly PoolFacts[] | undefined;
  ippools.onChange(() => pools = undefined);
  return {
    network: (name) => networkOf(networks, name),
    pools: () => pools ??= ippools.list().flatMap((ippool) => poolFactsOf(ippool) ?? []),
    usersOf: (network) =>
      vmnetcfgs.byIndex(VMNETCFG_BY_NETWORK, network)
        .map(({ object }) => networkUserOf(object, nicsKeptIn(object), network)),
    nodeAddresses: () =>
      nodes.list().flatMap(({ object, parsed }) =>
        parsed.ok
          ? parsed.value.addresses.map((address) => ({ node: object.metadata.name, address }))
          : []
      ),
    serviceCidrs,
    clusterCidrs,
    deploysAgents: true,
  };
}

function networkOf(
  networks: Informer<Observed<NetworkAttachmentDefinition>>,
  name: string,
): NetworkFacts | "unknown" | undefined {
  // Not served, or not to be read by this process.
  if (!networks.synced) return "unknown";
  const found = networks.get(name);
  if (found === undefined) return undefined;
  return found.parsed.ok ? networkFactsOf(found.parsed.value) : "unknown";
}
