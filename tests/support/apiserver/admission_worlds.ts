/** Worlds for the rules of admission, made of objects. */

import type { AdmissionWorld, NetworkUser } from "../../../lib/admission/contract.ts";
import { networkFactsOf, networkUserOf, poolFactsOf } from "../../../lib/admission/facts.ts";
import { parseIPPool } from "../../../lib/api/ippool/parse_ippool.ts";
import { keyOf, type KubeObject } from "../../../lib/api/meta.ts";
import type { NetworkAttachmentDefinition } from "../../../lib/api/network_attachment_definition.ts";
import { parseCidr } from "../../../lib/net/cidr.ts";
import { parseIpv4Address } from "../../../lib/net/ipv4_address.ts";
import { namedNicsOf } from "../../../lib/reconcile/kinds.ts";
import { usedNicsOf } from "../../../lib/reconcile/raw_fields.ts";

/** What there is besides the object that is judged. */
export interface Surroundings {
  /** None can be read when absent. */
  readonly networks?: readonly NetworkAttachmentDefinition[];
  readonly pools?: readonly KubeObject[];
  readonly vmnetcfgs?: readonly KubeObject[];
  /** Addresses by name. */
  readonly nodes?: Readonly<Record<string, string>>;
  readonly serviceCidrs?: readonly string[];
  readonly clusterCidrs?: readonly string[];
  readonly deploysAgents?: boolean;
}

/** The world of these objects. */
export function worldOf(surroundings: Surroundings): AdmissionWorld {
  const { networks, pools = [], vmnetcfgs = [], nodes = {}, deploysAgents = false } = surroundings;
  const facts = pools.flatMap((object) =>
    poolFactsOf({ object, parsed: parseIPPool(object) }) ?? []
  );
  return {
    network(name) {
      if (networks === undefined) return "unknown";
      const found = networks.find((nad) => keyOf(nad) === name);
      return found && networkFactsOf(found);
    },
    pools: () => facts,
    usersOf: usersIn(vmnetcfgs),
    nodeAddresses: () =>
      Object.entries(nodes).map(([node, text]) => ({ node, address: parseIpv4Address(text)! })),
    serviceCidrs: (surroundings.serviceCidrs ?? []).map((text) => parseCidr(text)!),
    clusterCidrs: (surroundings.clusterCidrs ?? []).map((text) => parseCidr(text)!),
    deploysAgents,
  };
}

/** The users of a network, found once, as in a cache. */
function usersIn(vmnetcfgs: readonly KubeObject[]): AdmissionWorld["usersOf"] {
  const found = new Map<string, readonly NetworkUser[]>();
  return (network) => {
    const known = found.get(network) ??
      vmnetcfgs.filter((object) => namedNicsOf({ object }).some((nic) => nic.network === network))
        .map((object) => networkUserOf(object, usedNicsOf({ object }), network));
    found.set(network, known);
    return known;
  };
}

/** A VM network with these labels and annotations. */
export function networkSample(
  name: string,
  labels: Readonly<Record<string, string>> = {},
  annotations: Readonly<Record<string, string>> = {},
): NetworkAttachmentDefinition {
  return {
    apiVersion: "k8s.cni.cncf.io/v1",
    kind: "NetworkAttachmentDefinition",
    metadata: { namespace: "default", name, labels, annotations },
  };
}
