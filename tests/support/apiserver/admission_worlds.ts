/** Worlds for the rules of admission, made of objects. */

import type { AdmissionWorld } from "../../../lib/admission/contract.ts";
import {
  namesNetwork,
  networkFactsOf,
  networkUserOf,
  poolFactsOf,
} from "../../../lib/admission/facts.ts";
import { parseIPPool } from "../../../lib/api/ippool/parse_ippool.ts";
import { keyOf, type KubeObject } from "../../../lib/api/meta.ts";
import type { NetworkAttachmentDefinition } from "../../../lib/api/network_attachment_definition.ts";
import { parseCidr } from "../../../lib/net/cidr.ts";
import { parseIpv4Address } from "../../../lib/net/ipv4_address.ts";

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
  const users = indexOf(vmnetcfgs);
  return {
    network(name) {
      if (networks === undefined) return "unknown";
      const found = networks.find((nad) => keyOf(nad) === name);
      return found && networkFactsOf(found);
    },
    pools: () => facts,
    usersOf: (network) => users(network).map((object) => networkUserOf({ object }, network)),
    nodeAddresses: () =>
      Object.entries(nodes).map(([node, text]) => ({ node, address: parseIpv4Address(text)! })),
    serviceCidrs: (surroundings.serviceCidrs ?? []).map((text) => parseCidr(text)!),
    clusterCidrs: (surroundings.clusterCidrs ?? []).map((text) => parseCidr(text)!),
    deploysAgents,
  };
}

/** Those that name a network, found once, as in a cache. */
function indexOf(vmnetcfgs: readonly KubeObject[]): (network: string) => readonly KubeObject[] {
  const found = new Map<string, readonly KubeObject[]>();
  return (network) => {
    const known = found.get(network) ??
      vmnetcfgs.filter((object) => namesNetwork({ object }, network));
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
