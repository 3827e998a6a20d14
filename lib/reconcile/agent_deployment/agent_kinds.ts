/** The kinds of the objects that agents are made of, and how they are found by their pool. */

import type { CachedKind, KubeObject, ObjectMeta, ResourceType } from "../../api/meta.ts";
import {
  DEPLOYMENTS,
  POD_DISRUPTION_BUDGETS,
  PODS,
  ROLE_BINDINGS,
  ROLES,
  SECRETS,
  SERVICE_ACCOUNTS,
} from "../../api/resources.ts";
import { extractPod, parsePod, type Pod } from "../../api/workload/pod.ts";
import { extractNames, wholeObjectParser } from "../../api/workload/whole_object.ts";
import { poolOfAgent } from "./agent_names.ts";

/** Objects of agents by `namespace/name` of their pool. */
export const AGENT_BY_IPPOOL = "network.harvesterhci.io/agent-by-ippool";

export const DEPLOYMENT_KIND = wholeKind(DEPLOYMENTS);
export const POD_DISRUPTION_BUDGET_KIND = wholeKind(POD_DISRUPTION_BUDGETS);
export const SERVICE_ACCOUNT_KIND = wholeKind(SERVICE_ACCOUNTS);
export const ROLE_KIND = wholeKind(ROLES);
export const ROLE_BINDING_KIND = wholeKind(ROLE_BINDINGS);

/** Without what they hold: only whether they are there, and for which pool. */
export const SECRET_KIND: CachedKind<KubeObject> = {
  ...wholeKind(SECRETS),
  extract: extractNames,
};

export const POD_KIND: CachedKind<Pod> = {
  type: PODS,
  extract: extractPod,
  parse: parsePod,
  indexes: { [AGENT_BY_IPPOOL]: poolIndexOf },
};

function wholeKind(type: ResourceType): CachedKind<KubeObject> {
  return {
    type,
    parse: wholeObjectParser(type),
    indexes: { [AGENT_BY_IPPOOL]: poolIndexOf },
  };
}

function poolIndexOf({ object }: { readonly object: { readonly metadata: ObjectMeta } }) {
  const pool = poolOfAgent(object.metadata);
  return pool === undefined ? [] : [pool];
}
