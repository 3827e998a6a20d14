import assert from "node:assert/strict";
import {
  type ClientPacket,
  ip,
  leaseTable,
  M1,
  mac,
  poolParameters,
  SERVER_MAC,
} from "../../../tests/support/dhcp/dhcp_packets.ts";
import { requestOf } from "../../../tests/support/dhcp/dhcp_requests.ts";
import { parseCidr } from "../../net/cidr.ts";
import type { UdpFrame } from "../../net/frame.ts";
import { BROADCAST_MAC, type MacAddress } from "../../net/mac_address.ts";
import { screenDatagram, screenMessage } from "./screen.ts";

const CONTEXT = { macAddress: SERVER_MAC, table: leaseTable() };

const FRAME: UdpFrame = {
  ethernetSource: M1,
  ethernetDestination: BROADCAST_MAC,
  sourceIp: ip("0.0.0.0"),
  destinationIp: ip("255.255.255.255"),
  sourcePort: 68,
  destinationPort: 67,
  payload: new Uint8Array(),
};

Deno.test("screenDatagram() passes what is sent to this server or to everybody", () => {
  for (const destination of ["255.255.255.255", "192.0.2.2", "192.0.2.255"]) {
    const frame = { ...FRAME, destinationIp: ip(destination), sourcePort: 1067 };
    assert.equal(screenDatagram(frame, CONTEXT), undefined, destination);
  }
});

Deno.test("screenDatagram() names the reason against a datagram", () => {
  const cases: readonly (readonly [string, Partial<UdpFrame>, string])[] = [
    ["the port of clients", { destinationPort: 68 }, "otherPort"],
    ["TFTP", { destinationPort: 69 }, "otherPort"],
    ["another server", { destinationIp: ip("192.0.2.3") }, "otherDestination"],
    ["broadcast of another network", { destinationIp: ip("192.0.3.255") }, "otherDestination"],
    ["a multicast group", { destinationIp: ip("224.0.0.1") }, "otherDestination"],
    ["from a multicast address", { ethernetSource: mac("01:00:5e:00:00:01") }, "badEthernetSource"],
    ["from everybody", { ethernetSource: BROADCAST_MAC }, "badEthernetSource"],
    ["from nobody", { ethernetSource: 0 as MacAddress }, "badEthernetSource"],
    ["from ourselves", { ethernetSource: SERVER_MAC }, "badEthernetSource"],
  ];
  for (const [name, changes, want] of cases) {
    assert.equal(screenDatagram({ ...FRAME, ...changes }, CONTEXT), want, name);
  }
});

Deno.test("screenDatagram() knows no broadcast address of a /31 or a /32", () => {
  for (const prefix of ["192.0.2.2/31", "192.0.2.3/32"]) {
    const table = leaseTable(poolParameters({ cidr: parseCidr(prefix)! }));
    const frame = { ...FRAME, destinationIp: ip("192.0.2.3") };
    assert.equal(screenDatagram(frame, { ...CONTEXT, table }), "otherDestination", prefix);
  }
});

function screen(packet: ClientPacket): string | undefined {
  const { message, mac } = requestOf(packet);
  return screenMessage(message, mac, CONTEXT);
}

Deno.test("screenMessage() passes requests of Ethernet clients on the segment", () => {
  for (const hops of [0, 1, 16]) assert.equal(screen({ hops }), undefined, `${hops} hops`);
});

Deno.test("screenMessage() names the reason against a message", () => {
  const cases: readonly (readonly [string, ClientPacket, string])[] = [
    ...[0, 2, 3, 255].map((op) => [`op ${op}`, { op }, "notARequest"] as const),
    ...[0, 6, 32, 44, 255].map((htype) => [`htype ${htype}`, { htype }, "notEthernet"] as const),
    ...[0, 1, 5, 7, 16, 17, 255].map((hlen) => [`hlen ${hlen}`, { hlen }, "notEthernet"] as const),
    ["17 hops", { hops: 17 }, "tooManyHops"],
    ["255 hops", { hops: 255 }, "tooManyHops"],
  ];
  for (const [name, packet, want] of cases) assert.equal(screen(packet), want, name);
});

Deno.test("screenMessage() refuses hardware addresses that no client has", () => {
  const { message } = requestOf({});
  const addresses = [0 as MacAddress, BROADCAST_MAC, mac("01:00:5e:00:00:01"), SERVER_MAC];
  for (const address of addresses) {
    assert.equal(screenMessage(message, address, CONTEXT), "badClientMac");
  }
});
