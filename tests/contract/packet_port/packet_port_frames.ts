/** Frames that a packet port passes or drops. */

import { type MacAddress, writeMacAddress } from "../../../lib/net/mac_address.ts";
import { clientFrame, mac } from "../../support/dhcp/dhcp_packets.ts";

/** A frame and its fate. */
export interface PortFrame {
  readonly what: string;
  /** The `sll_pkttype` that it arrives with; absent when it is dropped. */
  readonly packetType?: number;
  /** @param own Address of the interface. */
  readonly wire: (own: MacAddress) => Uint8Array;
}

/** One frame for each rule of the filter. */
export const PORT_FRAMES: readonly PortFrame[] = [
  { what: "a broadcast to port 67", packetType: 1, wire: () => clientFrame() },
  { what: "a unicast to port 67", packetType: 0, wire: (own) => addressedTo(own) },
  { what: "a datagram after IP options", packetType: 1, wire: () => withIpOptions() },
  { what: "a priority tag without VLAN", packetType: 1, wire: () => tagged(0xe000) },
  { what: "an ARP request", packetType: 1, wire: () => arp(1) },
  { what: "an ARP reply to all", packetType: 1, wire: () => arp(2) },
  { what: "an ARP frame with another operation", wire: () => arp(3) },
  { what: "an ICMP echo request", packetType: 1, wire: () => patched([23, 1], [34, 8]) },
  { what: "an ICMP echo reply", wire: () => patched([23, 1], [34, 0]) },
  { what: "a broadcast to port 68", packetType: 1, wire: () => patched([37, 68]) },
  { what: "a datagram to port 69", wire: () => patched([37, 69]) },
  { what: "TCP to port 67", wire: () => patched([23, 6]) },
  { what: "a first fragment", wire: () => patched([20, 0x20]) },
  { what: "a later fragment", wire: () => patched([21, 0x10]) },
  { what: "IPv6", wire: () => patched([12, 0x86], [13, 0xdd]) },
  { what: "a frame to another host", wire: () => addressedTo(mac("02:00:00:00:00:99")) },
  { what: "a multicast", wire: () => addressedTo(mac("01:00:5e:00:00:01")) },
  { what: "a frame of VLAN 100", wire: () => tagged(100) },
  // The receiver has to notice that the rest is missing.
  {
    what: "a frame that ends after its UDP ports",
    packetType: 1,
    wire: () => clientFrame().slice(0, 38),
  },
  { what: "a frame that ends in its IP header", wire: () => clientFrame().slice(0, 20) },
];

/** The frame as a host sees it: the kernel takes a VLAN tag off. */
export function untagged(wire: Uint8Array): Uint8Array {
  if (wire[12] !== 0x81 || wire[13] !== 0) return wire;
  return new Uint8Array([...wire.subarray(0, 12), ...wire.subarray(16)]);
}

function addressedTo(destination: MacAddress): Uint8Array {
  const frame = clientFrame();
  writeMacAddress(destination, frame, 0);
  return frame;
}

/** @param changes Offsets and the octets to put there. */
function patched(...changes: readonly (readonly [offset: number, octet: number])[]): Uint8Array {
  const frame = clientFrame();
  for (const [offset, octet] of changes) frame[offset] = octet;
  return frame;
}

function tagged(tci: number): Uint8Array {
  const frame = clientFrame();
  const tag = [0x81, 0x00, tci >> 8, tci & 255];
  return new Uint8Array([...frame.subarray(0, 12), ...tag, ...frame.subarray(12)]);
}

function withIpOptions(): Uint8Array {
  const frame = clientFrame();
  const noOperations = [1, 1, 1, 1];
  const longer = new Uint8Array([...frame.subarray(0, 34), ...noOperations, ...frame.subarray(34)]);
  longer[14] = 0x46;
  return longer;
}

function arp(operation: number): Uint8Array {
  const frame = new Uint8Array(60).fill(0xff, 0, 6);
  frame.set([0x02, 0, 0, 0, 0, 0x77], 6);
  frame.set([0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0, operation], 12);
  return frame;
}
