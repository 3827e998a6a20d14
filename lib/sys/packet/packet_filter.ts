/**
 * Classic BPF programs (linux/filter.h) that decide in the kernel which packets a socket gets, so
 * that the traffic of the VMs never wakes the process.
 */

import { addressOf, allocate, SOCK_FILTER, SOCK_FPROG } from "../libc/struct_layouts.ts";

/** An instruction: operation, jumps relative to the next instruction, operand. */
export interface FilterInstruction {
  readonly code: number;
  readonly jumpTrue: number;
  readonly jumpFalse: number;
  readonly operand: number;
}

const LOAD_BYTE = 0x30; // BPF_LD | BPF_B | BPF_ABS
const LOAD_HALF = 0x28; // BPF_LD | BPF_H | BPF_ABS
const LOAD_BYTE_INDEXED = 0x50; // BPF_LD | BPF_B | BPF_IND
const LOAD_HALF_INDEXED = 0x48; // BPF_LD | BPF_H | BPF_IND
const LOAD_X_HEADER_LENGTH = 0xb1; // BPF_LDX | BPF_B | BPF_MSH: 4 * (octet & 15)
const JUMP_EQUAL = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const JUMP_GREATER = 0x25; // BPF_JMP | BPF_JGT | BPF_K
const JUMP_SET = 0x45; // BPF_JMP | BPF_JSET | BPF_K
const RETURN = 0x06; // BPF_RET | BPF_K

// Offsets that the kernel answers from its own notes about the packet (SKF_AD_OFF).
const ANCILLARY = 0xfffff000;
const PACKET_TYPE = ANCILLARY + 4;
const VLAN_TAG = ANCILLARY + 44;

const WHOLE_PACKET = 0x40000;

type Label = "next" | "arp" | "icmp" | "accept" | "drop";

/** An instruction of a listing, with names for the places that it jumps to. */
interface Line {
  readonly at?: Label;
  readonly code: number;
  readonly operand: number;
  readonly then?: Label;
  readonly otherwise?: Label;
}

const SERVER_LISTING: readonly Line[] = [
  // 0 to this host, 1 broadcast; the socket also sees multicast, frames of others and its own.
  { code: LOAD_BYTE, operand: PACKET_TYPE },
  { code: JUMP_GREATER, operand: 1, then: "drop" },
  // The kernel takes VLAN tags off. A tag with identifier 0 is a mere priority (IEEE 802.1Q 9.6).
  { code: LOAD_HALF, operand: VLAN_TAG },
  { code: JUMP_SET, operand: 0x0fff, then: "drop" },
  { code: LOAD_HALF, operand: 12 },
  { code: JUMP_EQUAL, operand: 0x0806, then: "arp" },
  { code: JUMP_EQUAL, operand: 0x0800, otherwise: "drop" },
  // More-fragments flag or an offset: no ports to be trusted.
  { code: LOAD_HALF, operand: 20 },
  { code: JUMP_SET, operand: 0x3fff, then: "drop" },
  { code: LOAD_X_HEADER_LENGTH, operand: 14 },
  { code: LOAD_BYTE, operand: 23 },
  { code: JUMP_EQUAL, operand: 1, then: "icmp" },
  { code: JUMP_EQUAL, operand: 17, otherwise: "drop" },
  { code: LOAD_HALF_INDEXED, operand: 16 },
  { code: JUMP_EQUAL, operand: 67, then: "accept" },
  // What another server says to all shows that there is one.
  { code: JUMP_EQUAL, operand: 68, then: "accept", otherwise: "drop" },
  // An echo request.
  { at: "icmp", code: LOAD_BYTE_INDEXED, operand: 14 },
  { code: JUMP_EQUAL, operand: 8, then: "accept", otherwise: "drop" },
  // A request, or a reply that was sent to all: an announcement.
  { at: "arp", code: LOAD_HALF, operand: 20 },
  { code: JUMP_EQUAL, operand: 1, then: "accept" },
  { code: JUMP_EQUAL, operand: 2, otherwise: "drop" },
  { at: "accept", code: RETURN, operand: WHOLE_PACKET },
  { at: "drop", code: RETURN, operand: 0 },
];

/**
 * Passes what a DHCP server has to see of an Ethernet interface: untagged frames to this host or
 * to all that hold an unfragmented UDP datagram to port 67 or 68, an ICMP echo request, or ARP.
 */
export const SERVER_FILTER: readonly FilterInstruction[] = assemble(SERVER_LISTING);

/** Passes nothing. */
export const DROP_FILTER: readonly FilterInstruction[] = assemble([{ code: RETURN, operand: 0 }]);

/**
 * The program as SO_ATTACH_FILTER takes it: a `struct sock_fprog`. The instructions that it points
 * to follow it in the same buffer, so they live as long as it does.
 */
export function encodeFilter(program: readonly FilterInstruction[]): Uint8Array<ArrayBuffer> {
  const { memory, view } = allocate(SOCK_FPROG.bytes + program.length * SOCK_FILTER.bytes);
  view.setUint16(SOCK_FPROG.length, program.length, true);
  view.setBigUint64(SOCK_FPROG.filter, addressOf(memory) + BigInt(SOCK_FPROG.bytes), true);
  program.forEach(({ code, jumpTrue, jumpFalse, operand }, index) => {
    const at = SOCK_FPROG.bytes + index * SOCK_FILTER.bytes;
    view.setUint16(at, code, true);
    view.setUint8(at + SOCK_FILTER.jumpTrue, jumpTrue);
    view.setUint8(at + SOCK_FILTER.jumpFalse, jumpFalse);
    view.setUint32(at + SOCK_FILTER.operand, operand, true);
  });
  return memory.subarray(0, SOCK_FPROG.bytes);
}

function assemble(listing: readonly Line[]): readonly FilterInstruction[] {
  function distance(from: number, label: Label = "next"): number {
    return label === "next" ? 0 : listing.findIndex(({ at }) => at === label) - from - 1;
  }
  return listing.map(({ code, operand, then, otherwise }, index) => ({
    code,
    operand,
    jumpTrue: distance(index, then),
    jumpFalse: distance(index, otherwise),
  }));
}
