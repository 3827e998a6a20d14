/** VM networks in memory, and the pools that are planned for them. */

import type { JsonObject } from "../../../lib/base/json.ts";
import { parseIPPool } from "../../../lib/api/ippool/parse_ippool.ts";
import type { KubeObject } from "../../../lib/api/meta.ts";
import type { NetworkAttachmentDefinition } from "../../../lib/api/network_attachment_definition.ts";
import {
  type AutoIPPoolPlan,
  type AutoIPPoolWorld,
  planAutoIPPool,
} from "../../../lib/reconcile/auto_ippool/auto_ippool.ts";
import type { ippoolSample } from "../apiserver/samples.ts";

/** A route that was set by hand. */
export const ROUTE = { mode: "manual", cidr: "192.168.48.0/24", gateway: "192.168.48.1" };
/** The annotation that asks for a pool, and the label of the pool. */
export const LABEL = "network.harvesterhci.io/auto-ippool";

/** A network and its pool. */
export interface Situation {
  readonly name?: string;
  readonly asked?: string;
  /** JSON, or a text that is none. */
  readonly route?: JsonObject | string;
  readonly type?: string;
  readonly isGone?: boolean;
  readonly isLeaving?: boolean;
  readonly policy?: AutoIPPoolWorld["policy"];
  readonly pool?: KubeObject;
  readonly others?: readonly string[];
  readonly hasVms?: boolean;
}

function nadOf(situation: Situation): NetworkAttachmentDefinition | undefined {
  const { name = "net-48", asked = "true", route = ROUTE, type, isGone, isLeaving } = situation;
  if (isGone) return undefined;
  const text = typeof route === "string" ? route : JSON.stringify(route);
  return {
    apiVersion: "k8s.cni.cncf.io/v1",
    kind: "NetworkAttachmentDefinition",
    metadata: {
      name,
      namespace: "default",
      labels: type === undefined ? {} : { "network.harvesterhci.io/type": type },
      annotations: {
        ...(asked === "" ? {} : { [LABEL]: asked }),
        ...(text === "" ? {} : { "network.harvesterhci.io/route": text }),
      },
      ...(isLeaving ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}),
    },
  };
}

/** What is planned in a situation. */
export function planOf(situation: Situation): AutoIPPoolPlan {
  const { pool } = situation;
  return planAutoIPPool({
    nad: nadOf(situation),
    policy: situation.policy ?? "annotated",
    pool: pool && { object: pool, parsed: parseIPPool(pool) },
    others: situation.others ?? [],
    hasVms: () => situation.hasVms ?? false,
  });
}

/** The pool that is made for the example, with changes. */
export function madePool(
  changes: Parameters<typeof ippoolSample>[0] = {},
  cause = "annotation",
): KubeObject {
  return {
    apiVersion: "network.harvesterhci.io/v1alpha1",
    kind: "IPPool",
    metadata: {
      name: "net-48",
      namespace: "default",
      labels: { [LABEL]: cause, "k8s.cni.cncf.io/net-attach-def": "net-48" },
      ...changes.metadata,
    },
    spec: {
      networkName: "default/net-48",
      ipv4Config: {
        serverIP: "192.168.48.2",
        cidr: "192.168.48.0/24",
        pool: { start: "192.168.48.1", end: "192.168.48.254", ...changes.pool },
        router: "192.168.48.1",
        ...changes.ipv4Config,
      },
      ...changes.spec,
    },
    ...(changes.status && { status: changes.status }),
  };
}
