/** What is said of a NIC that has not got what it wants. */

import type { NetworkConfig } from "../../api/vmnetcfg/vmnetcfg.ts";
import type { AllocateFailure } from "../../ipam/address_allocator.ts";
import { formatIpv4Address, type Ipv4Address } from "../../net/ipv4_address.ts";
import { MORE_ROOM } from "../ippool/ippool_conditions.ts";
import type { NamespaceFailure } from "../ippool/namespace_share.ts";
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

const ANOTHER_ADDRESS = "ask for another address, or for none (ipAddress)";

/** Why a NIC gets no address, or not the one that it asks for. */
export function sentenceOf(
  reason: AllocateFailure,
  { macAddress, ipAddress }: NetworkConfig,
): Sentence {
  const wish = `${ipAddress} for ${macAddress}`;
  switch (reason) {
    case "PoolExhausted":
      return { what: `${macAddress} waits: all addresses are in use`, cure: MORE_ROOM };
    case "PoolRecordFull":
      return {
        what: `${macAddress} waits: the record of addresses is full`,
        cure: "use another VM network with an ippool of its own",
      };
    case "AddressTaken":
      return { what: `${wish} is held by another network interface`, cure: ANOTHER_ADDRESS };
    case "AddressReserved":
      return {
        what: `${wish} is reserved for the server, the router or the subnet`,
        cure: ANOTHER_ADDRESS,
      };
    case "AddressExcluded":
      return { what: `${wish} is excluded`, cure: ANOTHER_ADDRESS };
    case "OutOfRange":
      return { what: `${wish} is not in the subnet`, cure: ANOTHER_ADDRESS };
    default:
      return reason satisfies never;
  }
}

/** Says that two pools bind the address of a NIC to different MACs. */
export function boundTwiceMessage(
  { macAddress }: NetworkConfig,
  address: Ipv4Address,
  pools: readonly PoolView[],
): string {
  const [one, other] = pools.map(({ key }) => key);
  return `${macAddress} waits: ${
    formatIpv4Address(address)
  } is bound to it in ippool ${one}, and to ` +
    `another network interface in ippool ${other}; the controller takes it from one of them; if ` +
    "that lasts, look at the conditions of the ippools and at the controller's log";
}
