/** The shape of a DHCP message (RFC 2131 section 2). Header fields keep the names of the RFC. */

import type { Ipv4Address } from "../../net/ipv4_address.ts";
import type { MessageType } from "../options/message_type.ts";
import type { DhcpOption } from "../options/value_kind.ts";
import type { DhcpOptions } from "./options.ts";

/** UDP port of servers, and of relay agents in both directions (RFC 2131 section 4.1). */
export const SERVER_PORT = 67;

/** UDP port of clients. */
export const CLIENT_PORT = 68;

/** `op` of a message from a client. */
export const BOOTREQUEST = 1;

/** `op` of a message from a server. */
export const BOOTREPLY = 2;

/** `htype` of Ethernet (RFC 1700), whose addresses have an `hlen` of 6. */
export const HTYPE_ETHERNET = 1;

/** The broadcast bit of `flags`; the others must be zero (RFC 2131 section 2, figure 2). */
export const BROADCAST_FLAG = 0x8000;

/** Entries of a parameter request list that are looked at: as many as there are codes. */
export const REQUEST_LIST_MAX = 255;

/** Header fields that messages have in both directions. */
interface MessageFields {
  /** Transaction, chosen by the client. */
  readonly xid: number;
  readonly flags: number;
  /** The client's own address, when it has one and can answer ARP for it. */
  readonly ciaddr: Ipv4Address;
  /** The address that the server gives. */
  readonly yiaddr: Ipv4Address;
  /** The next server to use in bootstrap. */
  readonly siaddr: Ipv4Address;
  /** The relay agent; 0 when the message came directly. */
  readonly giaddr: Ipv4Address;
  /** Client hardware address, 16 octets with padding. */
  readonly chaddr: Uint8Array;
}

/** A message that was read from the wire. Its octets are views into the packet. */
export interface DhcpMessage extends MessageFields {
  readonly messageType: MessageType;
  readonly op: number;
  readonly htype: number;
  readonly hlen: number;
  readonly hops: number;
  /** Seconds since the client began. */
  readonly secs: number;
  readonly options: DhcpOptions;
}

/** Options that many replies have in common, in a row and encoded once. */
export interface OptionRun {
  readonly options: readonly DhcpOption[];
  /** What they are on the wire, without END. */
  readonly octets: Uint8Array;
}

/** An option of a reply, or a run of them. */
export type ReplyOption = DhcpOption | OptionRun;

/**
 * A reply to be written: `op` BOOTREPLY, Ethernet, `hops` and `secs` 0. The message type is the
 * option that it is on the wire.
 */
export interface ReplyMessage extends MessageFields {
  /** Boot file name; empty for none. */
  readonly file: Uint8Array;
  /** Whether `file` and `sname` may hold options when they are free (RFC 2132 section 9.3). */
  readonly mayOverload: boolean;
  /** In the order in which they are sent. */
  readonly options: readonly ReplyOption[];
}
