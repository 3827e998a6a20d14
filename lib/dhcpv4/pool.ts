/** What a pool tells its clients, and how strictly it treats them. */

import type { Cidr } from "../net/cidr.ts";
import type { Ipv4Address } from "../net/ipv4_address.ts";
import type { MacAddress } from "../net/mac_address.ts";
import type { StaticRoute } from "./options/routes.ts";
import type { DhcpOption } from "./options/value_kind.ts";

/** What some boot clients load: those that meet all conditions of the entry. */
export interface BootFile {
  /** A class of option 77, in any case. */
  readonly userClass?: string;
  /** Whether the client is iPXE. */
  readonly ipxe?: boolean;
  /** Codes inside option 175 for what iPXE must have built in. */
  readonly ipxeFeatures?: readonly number[];
  /** What option 60 begins with, in any case. */
  readonly vendorClass?: string;
  /** Numbers of option 93 (RFC 4578 section 2.1), one of which the client must have. */
  readonly architectures?: readonly number[];
  /** Codes that option 55 must name. */
  readonly requestedOptions?: readonly number[];
  /** A path on the next server, or a URL: UEFI HTTP clients get no file but an HTTP URL. */
  readonly file: string;
}

/** What network boot clients are told. */
export interface BootParameters {
  /** TFTP server; this server's own address without it. */
  readonly nextServer?: Ipv4Address;
  /** The first that is for a client counts. */
  readonly files: readonly BootFile[];
}

/** `spec.ipv4Config` as the engine needs it, with what the status records for clients. */
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
  /** Options 121, 249 and, for routes that it can express, 33. The default route is added. */
  readonly routes?: readonly StaticRoute[];
  readonly boot?: BootParameters;
  /** URI of the captive portal's API (RFC 8910). */
  readonly captivePortal?: string;
  /** Seconds for which clients that can do without IPv4 do so (RFC 8925). */
  readonly ipv6OnlyWait?: number;
  /** Further options; those that `customOptionRefusal()` refuses are not sent. */
  readonly options?: readonly DhcpOption[];
  /** Host names by client; a client without one gets no option 12. */
  readonly hostNames?: ReadonlyMap<MacAddress, string>;
  /** Relay agents that are answered, by `giaddr`; none without it. */
  readonly relays?: readonly Ipv4Address[];
  /** Where relayed messages come from on this link; anywhere without it. */
  readonly relayMacs?: readonly MacAddress[];
  /**
   * Other pools of this network answer, maybe by the same identifier: clients without an address here
   * may be theirs, so none of them gets a NAK.
   */
  readonly networkShared?: boolean;
  /** Newer bindings may exist, which other agents answer from: no client gets a NAK. */
  readonly mayBeOutdated?: boolean;
  /** No other server serves this network: unknown clients that remember an address get a NAK. */
  readonly authoritative?: boolean;
  /** Clients that ask for it get their lease in two messages (RFC 4039). */
  readonly rapidCommit?: boolean;
  /** Direct messages whose Ethernet source is not their `chaddr` are dropped. */
  readonly strictChaddr?: boolean;
}
