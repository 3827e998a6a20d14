/** The rules between the subnet of an IPPool and the addresses of others. */

import { joinSome } from "../../base/sentences.ts";
import type { IPPool } from "../../api/ippool/ippool.ts";
import type { FieldError } from "../../api/meta.ts";
import { addressRangeOf } from "../../ipam/address_range.ts";
import { type Cidr, cidrContains, cidrsOverlap, formatCidr } from "../../net/cidr.ts";
import { formatIpv4Address } from "../../net/ipv4_address.ts";
import type { Check } from "../admission_check.ts";
import type { NetworkFacts, NodeAddress } from "../contract.ts";
import { knownNetwork, ofPool, otherPools, type PoolQuestion } from "./pool_questions.ts";

const WORLD = { operations: ["CREATE", "UPDATE"], effect: "deny", scope: "world" } as const;
const CIDR = "spec.ipv4Config.cidr";

/** What several networks may have in common, so that their machines may meet. */
function wireOf({ clusterNetwork, interfaceName }: NetworkFacts = {}): string | undefined {
  if (interfaceName !== undefined) return `interface ${interfaceName}`;
  return clusterNetwork && `cluster network ${clusterNetwork}`;
}

export const OVERLAP_CHECKS: readonly Check<IPPool>[] = [
  {
    ...WORLD,
    scope: "flags",
    name: "ippool-service-network",
    says: "`cidr` does not overlap the Services of the cluster (`--service-cidr`).",
    check: ofPool(({ settings, world }) =>
      overlapsOf(settings.cidr, world.serviceCidrs, "service")
    ),
  },
  {
    ...WORLD,
    scope: "flags",
    name: "ippool-pod-network",
    says: "`cidr` does not overlap the Pods of the cluster (`--cluster-cidr`).",
    check: ofPool(({ settings, world }) => overlapsOf(settings.cidr, world.clusterCidrs, "pod")),
  },
  {
    ...WORLD,
    name: "ippool-other-pools",
    says: "`cidr` does not overlap that of another pool on the same cluster network or, in " +
      "standalone, on the same interface.",
    check: ofPool((question) => {
      const { settings: { cidr }, network, world } = question;
      const wire = wireOf(knownNetwork(world, network));
      if (wire === undefined) return [];
      return otherPools(question).flatMap((other) => {
        if (other.network === network || other.settings === undefined) return [];
        if (!cidrsOverlap(cidr, other.settings.cidr)) return [];
        if (wireOf(knownNetwork(world, other.network)) !== wire) return [];
        const message = `cidr ${formatCidr(cidr)} overlaps cidr ` +
          `${formatCidr(other.settings.cidr)} of IPPool ${other.name}, which is on the same ` +
          `${wire}: choose another subnet`;
        return [{ field: CIDR, message }];
      });
    }),
  },
  {
    ...WORLD,
    name: "ippool-node-addresses",
    says: "The pool hands out no address of a node.",
    check: ofPool((question) =>
      nodesWithin(question).filter(isHandedOut(question)).map(({ node, address }) => ({
        field: "spec.ipv4Config.pool",
        message: `ip ${formatIpv4Address(address)} of node ${node} could be handed out to a VM: ` +
          "add it to pool.exclude, or choose another range",
      }))
    ),
  },
  {
    ...WORLD,
    name: "ippool-node-network",
    effect: "warn",
    says:
      "`cidr` contains no address of a node. Ignore this warning if the VMs are on the network " +
      "of the nodes.",
    check: ofPool((question) => {
      const handedOut = isHandedOut(question);
      const nodes = nodesWithin(question).filter((one) => !handedOut(one));
      if (nodes.length === 0) return [];
      const shown = nodes.map(({ node, address }) => `${formatIpv4Address(address)} of ${node}`);
      const message = `cidr ${formatCidr(question.settings.cidr)} has addresses of nodes ` +
        `(${joinSome(shown, ", ")}): VMs reach them only when they are on the same network`;
      return [{ field: CIDR, message }];
    }),
  },
];

function overlapsOf(cidr: Cidr, others: readonly Cidr[], what: "service" | "pod"): FieldError[] {
  const flag = what === "service" ? "--service-cidr" : "--cluster-cidr";
  return others.filter((other) => cidrsOverlap(cidr, other)).map((other) => ({
    field: CIDR,
    message:
      `cidr ${formatCidr(cidr)} overlaps cluster ${what} cidr ${formatCidr(other)}: choose ` +
      `another subnet, or correct ${flag} of the webhook`,
  }));
}

function nodesWithin({ settings: { cidr }, world }: PoolQuestion): readonly NodeAddress[] {
  return [...world.nodeAddresses()].filter(({ address }) => cidrContains(cidr, address));
}

function isHandedOut({ settings }: PoolQuestion): (one: NodeAddress) => boolean {
  const range = addressRangeOf(settings);
  return ({ address }) => range.ok && range.value.kindOf(address) === "allocatable";
}
