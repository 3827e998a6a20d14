/** The Ethernet II header: destination, source, type (RFC 894). */

import { type MacAddress, writeMacAddress } from "./mac_address.ts";
import { writeUint16 } from "./bytes.ts";

/** Octets of the header. */
export const ETHERNET_HEADER_BYTES = 14;

/** EtherType of IPv4 (RFC 894). */
export const ETHERTYPE_IPV4 = 0x0800;

/** EtherType of ARP (RFC 826). */
export const ETHERTYPE_ARP = 0x0806;

/** The three fields of the header. */
export interface EthernetHeader {
  readonly ethernetDestination: MacAddress;
  readonly ethernetSource: MacAddress;
  readonly etherType: number;
}

/** Writes the header to the first 14 octets of the frame. */
export function writeEthernetHeader(frame: Uint8Array, header: EthernetHeader): void {
  writeMacAddress(header.ethernetDestination, frame, 0);
  writeMacAddress(header.ethernetSource, frame, 6);
  writeUint16(frame, 12, header.etherType);
}
