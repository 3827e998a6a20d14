/** What is said of a NIC that has not got what it wants. */

import type { Ipv4Settings } from "../../api/ippool/ipv4_config.ts";
import type { NetworkConfig } from "../../api/vmnetcfg/vmnetcfg.ts";
import type { AllocateFailure } from "../../ipam/address_allocator.ts";
import { edgeOf, formatCidr } from "../../net/cidr.ts";
import { formatIpv4Address, type Ipv4Address } from "../../net/ipv4_address.ts";
import type { MacAddress } from "../../net/mac_address.ts";
import type { NetworkClaims } from "../claims.ts";
import { MORE_ROOM } from "../ippool/ippool_conditions.ts";
import type { NamespaceFailure } from "../ippool/namespace_share.ts";
import { holderOf } from "../ippool/pool_marks.ts";
import type { PoolView } from "../ippool/pool_view.ts";

/** Two halves of a sentence. */
export interface Sentence {
  readonly what: string;
  /** What to do. */
  readonly cure: string;
}

/** Why a NIC gets no further address for its namespace. */
export function namespaceSentenceOf(
  failure: NamespaceFailure,
  { nic: { macAddress }, namespace, held, max }: {
    readonly nic: NetworkConfig;
    readonly namespace: string;
    readonly held: number;
    readonly max: number | undefined;
  },
  pool: string,
): Sentence {
  switch (failure) {
    case "NamespaceNotAllowed":
      return {
        what: `${macAddress} gets no new address: spec.allowedNamespaces of ippool ${pool} does ` +
          `not list namespace ${namespace}`,
        cure: "have it added, or use another VM network",
      };
    case "NamespaceLimitReached":
      return {
        what: `${macAddress} waits: namespace ${namespace} holds ${held} of the ${max} addresses ` +
          `that spec.maxAddressesPerNamespace of ippool ${pool} allows it`,
        cure: "take another VM of the namespace off the network, or have the limit raised",
      };
    default:
      return failure satisfies never;
  }
}

const ANOTHER_ADDRESS = "request another address, or none (ipAddress)";

/** The pool that refuses an address, and what is known of the one that is requested. */
export interface Refusal {
  readonly pool: string;
  readonly settings: Ipv4Settings;
  readonly wanted: Ipv4Address | undefined;
  /** Holds that one, as far as records say. */
  readonly holder: Holder | undefined;
}

/** A network interface with an address. */
export interface Holder {
  readonly mac: MacAddress;
  /** The pool that has recorded it. */
  readonly pool: string;
}

/** Why a NIC gets no address, or not the one that it requests. */
export function sentenceOf(
  reason: AllocateFailure,
  { macAddress, ipAddress }: NetworkConfig,
  refusal: Refusal,
  claims: NetworkClaims,
): Sentence {
  const { pool, settings, holder } = refusal;
  const [start, end] = [settings.start, settings.end].map(formatIpv4Address);
  const asked = `${ipAddress} for ${macAddress}`;
  switch (reason) {
    case "PoolExhausted": {
      const range = `${start} to ${end}`;
      const what = `${macAddress} waits: all addresses are in use in ippool ${pool} (${range})`;
      return { what, cure: MORE_ROOM };
    }
    case "PoolRecordFull":
      return {
        what: `${macAddress} waits: the record of addresses in ippool ${pool} is full`,
        cure: "use another VM network with an ippool of its own",
      };
    case "AddressTaken": {
      const what = holder === undefined
        ? `${asked} is taken in the record of ippool ${pool}`
        : `${asked} is held by ${holderOf(holder.mac, claims)} in ippool ${holder.pool}`;
      return { what, cure: ANOTHER_ADDRESS };
    }
    case "AddressReserved":
      return { what: `${asked} is ${roleOf(refusal)} of ippool ${pool}`, cure: ANOTHER_ADDRESS };
    case "AddressExcluded": {
      const what = `${asked} is excluded from ippool ${pool} (spec.ipv4Config.pool.exclude)`;
      return { what, cure: ANOTHER_ADDRESS };
    }
    case "OutOfRange":
      return {
        what: `${asked} is not in ${formatCidr(settings.cidr)}, the subnet of ippool ${pool}`,
        cure: ANOTHER_ADDRESS,
      };
    default:
      return reason satisfies never;
  }
}

function roleOf({ settings: { serverIp, router, cidr }, wanted }: Refusal): string {
  if (wanted === serverIp) return "the serverIP";
  if (wanted === router) return "the router";
  const edge = wanted === undefined ? undefined : edgeOf(cidr, wanted);
  return `the ${edge ?? "reserved"} address of subnet ${formatCidr(cidr)}`;
}

/** Says that two pools bind the address of a NIC to different MACs. */
export function boundTwiceMessage(
  { macAddress }: NetworkConfig,
  { address, pool, rival }: {
    readonly address: Ipv4Address;
    readonly pool: PoolView;
    /** The pool that binds it to another MAC. */
    readonly rival: PoolView;
  },
  claims: NetworkClaims,
): string {
  const other = holderOf(rival.record.bindings.get(address)!, claims);
  return `${macAddress} waits: ${formatIpv4Address(address)} is bound to it in ippool ` +
    `${pool.key}, and to ${other} in ippool ${rival.key}; the controller takes it from one of ` +
    "them; if that lasts, look at the conditions of the ippools and at the controller's log";
}
