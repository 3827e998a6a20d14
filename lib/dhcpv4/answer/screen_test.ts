import assert from "node:assert/strict";
import {
  type ClientPacket,
  ip,
  leaseTable,
  M1,
  mac,
  poolParameters,
  SERVER_IP,
  SERVER_MAC,
} from "../../../tests/support/dhcp/dhcp_packets.ts";
import { requestOf } from "../../../tests/support/dhcp/dhcp_requests.ts";
import { parseCidr } from "../../net/cidr.ts";
import type { UdpFrame } from "../../net/frame.ts";
import { BROADCAST_MAC, type MacAddress } from "../../net/mac_address.ts";
import type { PoolParameters } from "../pool.ts";
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

function screen(packet: ClientPacket, changes: Partial<PoolParameters> = {}): string | undefined {
  const { message, mac, frame } = requestOf(packet);
  const table = leaseTable(poolParameters(changes));
  return screenMessage({ message, mac, frame }, { macAddress: SERVER_MAC, table });
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
    ["a relay agent", { giaddr: "192.0.2.7" }, "relayed"],
  ];
  for (const [name, packet, want] of cases) assert.equal(screen(packet), want, name);
});

Deno.test("screenMessage() passes relay agents that are allowed, and no others", () => {
  const relays = [ip("192.0.2.7"), ip("198.51.100.1")];
  for (const giaddr of ["192.0.2.7", "198.51.100.1"]) {
    assert.equal(screen({ giaddr, hops: 1 }, { relays }), undefined, giaddr);
    assert.equal(screen({ giaddr, hops: 1 }, { relays: [] }), "relayed", giaddr);
  }
  assert.equal(screen({ giaddr: "192.0.2.8" }, { relays }), "relayed");
});

Deno.test("screenMessage() answers no relay agent at an address that none can have", () => {
  const addresses = [SERVER_IP, "127.0.0.1", "255.255.255.255", "224.0.0.1", "0.0.0.1"];
  for (const giaddr of addresses) {
    assert.equal(screen({ giaddr }, { relays: [ip(giaddr)] }), "relayed", giaddr);
  }
});

Deno.test("screenMessage() passes what is routed here only from a client that owns its address", () => {
  const routed: ClientPacket = { destinationIp: SERVER_IP, sourceIp: "198.51.100.9" };
  const cases: readonly (readonly [string, ClientPacket, string | undefined])[] = [
    ["a DISCOVER from elsewhere", routed, "foreignSource"],
    ["a client that renews there", { ...routed, ciaddr: "198.51.100.9" }, undefined],
    ["another's ciaddr", { ...routed, ciaddr: "198.51.100.8" }, "foreignSource"],
    ["from the network itself", { ...routed, sourceIp: "192.0.2.200" }, undefined],
    ["from nowhere", { ...routed, sourceIp: "0.0.0.0" }, undefined],
    ["broadcast", { ...routed, destinationIp: "255.255.255.255" }, undefined],
  ];
  for (const [name, packet, want] of cases) assert.equal(screen(packet), want, name);
  const relays = [ip("198.51.100.1")];
  assert.equal(screen({ ...routed, giaddr: "198.51.100.1" }, { relays }), undefined);
});

Deno.test("screenMessage() compares chaddr with the Ethernet source where it is told to", () => {
  const packet: ClientPacket = { ethernetSource: mac("02:00:00:00:00:07") };
  assert.equal(screen(packet), undefined);
  assert.equal(screen(packet, { strictChaddr: true }), "chaddrMismatch");
  assert.equal(screen({}, { strictChaddr: true }), undefined);
  const relays = [ip("192.0.2.7")];
  const relayed = { ...packet, giaddr: "192.0.2.7" };
  assert.equal(screen(relayed, { strictChaddr: true, relays }), undefined, "of a relay agent");
});

Deno.test("screenMessage() refuses hardware addresses that no client has", () => {
  const { message, frame } = requestOf({});
  const addresses = [0 as MacAddress, BROADCAST_MAC, mac("01:00:5e:00:00:01"), SERVER_MAC];
  for (const address of addresses) {
    assert.equal(screenMessage({ message, mac: address, frame }, CONTEXT), "badClientMac");
  }
});
