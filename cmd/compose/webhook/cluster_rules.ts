/** The rules of admission over the caches of a cluster. */

import type { AdmissionWorld, NetworkFacts, PoolFacts } from "../../../lib/admission/contract.ts";
import { defaultIPPool } from "../../../lib/admission/defaults.ts";
import { networkFactsOf, networkUserOf, poolFactsOf } from "../../../lib/admission/facts.ts";
import { ADMISSION_CHECKS, denialOf, judge } from "../../../lib/admission/judge.ts";
import { untilAborted } from "../../../lib/base/abort.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import type { CachedKind, ObjectMeta, Observed, Parsed } from "../../../lib/api/meta.ts";
import type { NetworkAttachmentDefinition } from "../../../lib/api/network_attachment_definition.ts";
import { IPPOOLS, NODES, VIRTUAL_MACHINE_NETWORK_CONFIGS } from "../../../lib/api/resources.ts";
import { extractNode, type Node, parseNode } from "../../../lib/api/workload/node.ts";
import type { Informer } from "../../../lib/kube/contract.ts";
import type { Cidr } from "../../../lib/net/cidr.ts";
import {
  IPPOOL_KIND,
  namedNicsOf,
  NETWORK_KIND,
  VMNETCFG_BY_NETWORK,
} from "../../../lib/reconcile/kinds.ts";
import { objectOf } from "../../../lib/reconcile/raw_fields.ts";
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

/** What all VMs have in common is there once. */
const NOTHING_ELSE: JsonObject = Object.freeze({});
const NOT_PARSED: Parsed<undefined> = Object.freeze({ ok: true, value: undefined });

/**
 * Who uses which network: no more is asked of VMs, of which there may be ten thousand, so no more is kept. Most
 * have a status that names each NIC again, which then does for both.
 */
const USER_KIND: CachedKind<undefined> = {
  type: VIRTUAL_MACHINE_NETWORK_CONFIGS,
  extract({ apiVersion, kind, metadata: { name, namespace, resourceVersion }, spec, status }) {
    const told = nicsOf(objectOf(status)["networkConfigs"], toldNicOf);
    const isNew = ({ networkName, macAddress }: JsonObject) =>
      !told.some((nic) => nic["networkName"] === networkName && nic["macAddress"] === macAddress);
    const { networkConfig, networkConfigs } = objectOf(spec);
    const wanted = [...nicsOf(networkConfig, nicOf), ...nicsOf(networkConfigs, nicOf)]
      .filter(isNew);
    return {
      apiVersion,
      kind,
      // Frozen, so that nobody looks there for texts that other objects have as well.
      metadata: Object.freeze({ name, namespace, resourceVersion }) as ObjectMeta,
      spec: wanted.length === 0 ? NOTHING_ELSE : { networkConfigs: wanted },
      status: told.length === 0 ? NOTHING_ELSE : { networkConfigs: told },
    };
  },
  parse: () => NOT_PARSED,
  indexes: {
    [VMNETCFG_BY_NETWORK]: (
      vmnetcfg,
    ) => [...new Set(namedNicsOf(vmnetcfg).map(({ network }) => network))],
  },
};

function nicsOf(list: unknown, keep: (nic: JsonObject) => JsonObject): readonly JsonObject[] {
  return Array.isArray(list) ? list.map((nic) => keep(objectOf(nic))) : [];
}

function nicOf({ networkName, macAddress }: JsonObject): JsonObject {
  return { networkName, macAddress };
}

function toldNicOf({ networkName, macAddress, state, allocatedIPAddress }: JsonObject): JsonObject {
  return { networkName, macAddress, state, allocatedIPAddress };
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
        .map((vmnetcfg) => networkUserOf(vmnetcfg, network)),
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
