/** Where an agent may run: only where the VM network is. */

import type { V1NodeSelectorTerm } from "@kubernetes/client-node";
import type { AsJson } from "../../../api/meta.ts";
import type { PodTemplate } from "../agent_world.ts";

/** Of a node that votes in etcd and runs nothing else. Its VM networks do not work. */
const WITNESS_LABEL = "node-role.harvesterhci.io/witness";

type NodeTerm = AsJson<V1NodeSelectorTerm>;

/**
 * Requires of a node that it carries the cluster network and is no witness. What a template requires
 * besides has to hold as well: of its terms, of which one is enough, each is narrowed.
 */
export function withRequiredNodes(template: PodTemplate, clusterNetwork: string): PodTemplate {
  const { spec } = template;
  const { affinity } = spec!;
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const terms = required?.nodeSelectorTerms ?? [];
  const nodeSelectorTerms = (terms.length === 0 ? [{}] : terms).map((term: NodeTerm) => ({
    ...term,
    matchExpressions: [
      { key: clusterNetworkLabelOf(clusterNetwork), operator: "In", values: ["true"] },
      { key: WITNESS_LABEL, operator: "DoesNotExist" },
      ...term.matchExpressions ?? [],
    ],
  }));
  const nodeAffinity = {
    ...affinity?.nodeAffinity,
    requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms },
  };
  return { ...template, spec: { ...spec!, affinity: { ...affinity, nodeAffinity } } };
}

/** The label of nodes that carry a cluster network. */
function clusterNetworkLabelOf(clusterNetwork: string): string {
  return `network.harvesterhci.io/${clusterNetwork}`;
}
