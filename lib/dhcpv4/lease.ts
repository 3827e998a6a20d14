/**
 * The lease table: everything that the answer to a packet depends on besides the packet itself.
 * It is built from one IPPool and replaced as a whole, so a reply never mixes two states.
 */

import type { Cidr } from "../net/cidr.ts";
import type { Ipv4Address } from "../net/ipv4_address.ts";
import type { MacAddress } from "../net/mac_address.ts";
import { Bindings } from "./bindings.ts";
import type { DhcpOption } from "./wire/message.ts";

// Layers that check configurations see this file of the engine and no other.
export { Bindings } from "./bindings.ts";
export { customOptionRefusal } from "./options/custom_options.ts";

/** A way to a network other than by the router (RFC 3442). */
export interface StaticRoute {
  readonly destination: Cidr;
  /** 0.0.0.0 says that the destination is on the link. */
  readonly gateway: Ipv4Address;
}

/** What boot clients of some architectures load. */
export interface BootFile {
  /** Numbers of option 93 (RFC 4578 section 2.1); without them, any that no other entry names. */
  readonly architectures?: readonly number[];
  /** A path on the next server, or a URL: UEFI HTTP clients get no file but an HTTP URL. */
  readonly file: string;
}

/** What network boot clients are told. */
export interface BootParameters {
  /** TFTP server; this server's own address without it. */
  readonly nextServer?: Ipv4Address;
  readonly files: readonly BootFile[];
}

/** What the clients of a pool are told, and how strictly they are treated. */
export interface PoolParameters {
  /** The server's own address: source of replies, option 54, `siaddr`. */
  readonly serverIp: Ipv4Address;
  readonly cidr: Cidr;
  readonly router?: Ipv4Address;
  readonly dns: readonly Ipv4Address[];
  readonly domainName?: string;
  readonly domainSearch: readonly string[];
  /** Addresses only; names were resolved before. */
  readonly ntpServers: readonly Ipv4Address[];
  /** 1 to 0xfffffffe. */
  readonly leaseSeconds: number;
  /** Octets, 68 or more; option 26. */
  readonly mtu?: number;
  /** Options 121, 249 and, as far as it can say them, 33. The default route is added. */
  readonly routes?: readonly StaticRoute[];
  readonly boot?: BootParameters;
  /** URI of the captive portal's API (RFC 8910). */
  readonly captivePortal?: string;
  /** Seconds for which clients that can do without IPv4 do so (RFC 8925). */
  readonly ipv6OnlyWait?: number;
  /** Further options; those that {@link customOptionRefusal} refuses are not sent. */
  readonly options?: readonly DhcpOption[];
  /** Host names by client; a client without one gets no option 12. */
  readonly hostNames?: ReadonlyMap<MacAddress, string>;
  /** Relay agents that are answered, by `giaddr`; none without it. */
  readonly relays?: readonly Ipv4Address[];
  /** No other server serves this network: unknown clients that remember an address get a NAK. */
  readonly authoritative?: boolean;
  /** Clients that ask for it get their lease in two messages (RFC 4039). */
  readonly rapidCommit?: boolean;
  /** Direct messages whose Ethernet source is not their `chaddr` are dropped. */
  readonly strictChaddr?: boolean;
}

/** Bindings of one pool with what its clients are told. */
export interface LeaseTable {
  readonly parameters: PoolParameters;
  /** A paused pool answers nobody. */
  readonly paused: boolean;
  /** Number of bindings. */
  readonly size: number;
  /** The address bound to the MAC. */
  addressOf(mac: MacAddress): Ipv4Address | undefined;
  /** The MAC that the address is bound to. */
  ownerOf(address: Ipv4Address): MacAddress | undefined;
  /** All bindings, in the order of the record. */
  bindings(): Iterable<readonly [MacAddress, Ipv4Address]>;
}

/**
 * Makes a table.
 *
 * @param bindings MAC to address. When two MACs share an address, which the record's own shape
 * forbids, the first keeps it and the second gets no binding: never two VMs with one address.
 */
export function createLeaseTable(
  parameters: PoolParameters,
  bindings: Bindings | ReadonlyMap<MacAddress, Ipv4Address>,
  paused = false,
): LeaseTable {
  const held = bindings instanceof Bindings ? bindings : Bindings.of(bindings);
  return {
    parameters,
    paused,
    size: held.size,
    addressOf: (mac) => held.addressOf(mac),
    ownerOf: (address) => held.ownerOf(address),
    bindings: () => held,
  };
}
