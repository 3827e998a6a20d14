/** The network on which every server is measured, with its bindings. */

import { formatIpv4Address, type Ipv4Address } from "../../../lib/net/ipv4_address.ts";
import { formatMacAddress, type MacAddress } from "../../../lib/net/mac_address.ts";

/** Bound clients. */
export const CLIENTS = 10_000;

export const SERVER_IP = 0x0a4d0001;
export const FIRST_IP = 0x0a4d1000;
export const SUBNET = "10.77.0.0/16";
export const FIRST_MAC = 0x525400000000;
/** A prime, so that the MACs are scattered as those of VMs are. */
export const MAC_STEP = 7919;

/** MAC and address of each client, as text. */
export const BINDINGS: readonly (readonly [mac: string, address: string])[] = Array.from(
  { length: CLIENTS },
  (_, index) => [
    formatMacAddress(FIRST_MAC + index * MAC_STEP as MacAddress),
    formatIpv4Address(FIRST_IP + index as Ipv4Address),
  ],
);

/** The server's address as text. */
export const SERVER_ADDRESS = formatIpv4Address(SERVER_IP as Ipv4Address);
