/**
 * The rules between a NIC and its network. They only warn: a denial would cost the VM its other NICs,
 * and the NIC is served as soon as what it waits for is there.
 */

import type { FieldError } from "../../api/meta.ts";
import type { NetworkConfig, VirtualMachineNetworkConfig } from "../../api/vmnetcfg/vmnetcfg.ts";
import { addressRangeOf } from "../../ipam/address_range.ts";
import { formatCidr } from "../../net/cidr.ts";
import { formatIpv4Address, type Ipv4Address, parseIpv4Address } from "../../net/ipv4_address.ts";
import { parseMacAddress } from "../../net/mac_address.ts";
import { IPPOOL_NAMESPACE_LABEL } from "../../reconcile/names.ts";
import type { Check } from "../admission_check.ts";
import type { AdmissionWorld, PoolFacts } from "../contract.ts";
import { ofNics } from "./nic_questions.ts";
import { holderOf } from "./pool_questions.ts";

const WORLD = { operations: ["CREATE", "UPDATE"], effect: "warn", scope: "world" } as const;

export const NIC_CHECKS: readonly Check<VirtualMachineNetworkConfig>[] = [
  {
    ...WORLD,
    name: "vmnetcfg-network-exists",
    says: "The network of each NIC exists.",
    check: ofNics(({ networkName }, path, world) => {
      if (world.network(networkName) !== undefined) return [];
      const message = `network ${networkName} not found: create it, or correct the name`;
      return [{ field: `${path}.networkName`, message }];
    }),
  },
  {
    ...WORLD,
    name: "vmnetcfg-pool-exists",
    says: "A pool serves the network of each NIC. A NIC without a pool waits, and the others get " +
      "their addresses.",
    check: ofNics(({ networkName }, path, world) => {
      // Of a network that cannot be read, nothing else is known either.
      const isKnown = world.network(networkName) !== "unknown";
      if (!isKnown || poolsOn(networkName, world).length > 0) return [];
      const message = `${IPPOOL_NAMESPACE_LABEL} label not found: no IPPool serves network ` +
        `${networkName}, and the NIC gets no address before one does`;
      return [{ field: `${path}.networkName`, message }];
    }),
  },
  {
    ...WORLD,
    name: "vmnetcfg-static-address",
    says:
      "An `ipAddress` is in the subnet of its network's pool, inside or outside the range. It " +
      "is neither excluded nor reserved, and no other NIC has it.",
    check: ofNics((nic, path, world) => {
      const wanted = parseIpv4Address(nic.ipAddress ?? "");
      if (wanted === undefined) return [];
      const answers = poolsOn(nic.networkName, world)
        .map((pool) => refusalOf(wanted, nic, pool));
      const [refusal] = answers;
      if (refusal === undefined || answers.includes(undefined)) return [];
      return [{ field: `${path}.ipAddress`, message: refusal }] satisfies FieldError[];
    }),
  },
  {
    ...WORLD,
    name: "vmnetcfg-node-address",
    says: "An `ipAddress` is not the address of a node.",
    check: ofNics(({ ipAddress }, path, world) => {
      const wanted = parseIpv4Address(ipAddress ?? "");
      return [...world.nodeAddresses()].filter(({ address }) => address === wanted)
        .map(({ node }) => ({
          field: `${path}.ipAddress`,
          message:
            `ip ${ipAddress} is that of node ${node}: ask for another one, unless the VM is ` +
            "on a network that the node is not on",
        }));
    }),
  },
];

function poolsOn(network: string, world: AdmissionWorld): readonly PoolFacts[] {
  return [...world.pools()].filter((pool) => pool.network === network && !pool.isDeleting);
}

/** Why the NIC has to wait for its address; `undefined` when it gets it, or when that is not known. */
function refusalOf(
  wanted: Ipv4Address,
  { macAddress }: NetworkConfig,
  { name, settings, allocated }: PoolFacts,
): string | undefined {
  const range = settings && addressRangeOf(settings);
  if (settings === undefined || range?.ok !== true) return undefined;
  const holder = holderOf(allocated, wanted);
  if (holder !== undefined && holder === parseMacAddress(macAddress)) return undefined;
  const shown = formatIpv4Address(wanted);
  const kind = range.value.askedKindOf(wanted);
  if (kind === "outside") {
    return `ip ${shown} is not within subnet ${
      formatCidr(settings.cidr)
    } of IPPool ${name}: the NIC ` +
      "gets no address before another one is asked for";
  }
  if (kind === "excluded") {
    return `ip ${shown} is excluded in IPPool ${name}: the NIC gets no address before another one ` +
      "is asked for";
  }
  if (kind === "reserved") {
    return `ip ${shown} is reserved in IPPool ${name}, for its server, its router or its subnet: ` +
      "the NIC gets no address before another one is asked for";
  }
  if (holder === undefined) return undefined;
  // Not by which one: it may belong to somebody else.
  return `ip ${shown} is held by another network interface in IPPool ${name}: the NIC gets it when ` +
    "it is free";
}
