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

/** A frame as the kernel handed it over. */
export interface ReceivedFrame {
  /** The frame from its Ethernet header on; valid only until the callback returns. */
  readonly bytes: Uint8Array;
  /** `sll_pkttype` of packet(7): 0 to this host, 1 broadcast, 2 multicast, 3 to another host, 4 own. */
  readonly packetType: number;
  /**
   * False when the kernel says that the checksum is still to be filled in (TP_STATUS_CSUMNOTREADY):
   * frames of local guests and pods arrive like that and must not be dropped for it.
   */
  readonly checksumReady: boolean;
  /** When the kernel got it, by the clock of the port that it came in at. */
  readonly receivedMs: number;
}

/** Writes the header to the first 14 octets of the frame. */
export function writeEthernetHeader(frame: Uint8Array, header: EthernetHeader): void {
  writeMacAddress(header.ethernetDestination, frame, 0);
  writeMacAddress(header.ethernetSource, frame, 6);
  writeUint16(frame, 12, header.etherType);
}
