import assert from "node:assert/strict";
import {
  clientFrame,
  type ClientPacket,
  ip,
  M1,
  mac,
  octets,
  poolParameters,
  SERVER_IP,
  type WireOption,
} from "../../../tests/support/dhcp/dhcp_packets.ts";
import { messageOf } from "../../../tests/support/dhcp/dhcp_requests.ts";
import { decodeUdpFrame } from "../../net/frame.ts";
import { macAddressFromBytes } from "../../net/mac_address.ts";
import type { PoolParameters } from "../pool.ts";
import { type ClientLink, linkOf, type LinkResult } from "./client_link.ts";

const RELAY_IP = "192.0.2.7";
const RELAYED: ClientPacket = {
  giaddr: RELAY_IP,
  hops: 1,
  sourceIp: RELAY_IP,
  sourcePort: 67,
  destinationIp: SERVER_IP,
  ethernetSource: mac("02:00:00:00:00:07"),
};
const RELAYS = { relays: [ip(RELAY_IP)] };

function linkIn(packet: ClientPacket, changes: Partial<PoolParameters> = {}): LinkResult {
  const frame = decodeUdpFrame(clientFrame(packet), true);
  assert.ok(frame.ok);
  const message = messageOf(packet);
  const origin = { frame, mac: macAddressFromBytes(message.chaddr) };
  return linkOf(message, origin, poolParameters(changes));
}

function reasonFor(packet: ClientPacket, changes: Partial<PoolParameters> = {}): string {
  const link = linkIn(packet, changes);
  return link.ok ? "ok" : link.reason;
}

function relayInformation(...value: number[]): WireOption {
  return [82, value];
}

/** Sub-option 5. */
function linkSelection(address: string): number[] {
  return [5, 4, ...octets(address)];
}

/** Option 118. */
function subnet(address: string): WireOption {
  return [118, octets(address)];
}

const ID = [1, 2, 0xaa, 0xbb];
const OURS = "192.0.2.0";
const THEIRS = "198.51.100.0";

Deno.test("linkOf() passes a client on the segment", () => {
  assert.deepEqual(linkIn({}), {
    ok: true,
    isRelayed: false,
    relayPort: 67,
    serverIdentifierOverride: undefined,
    isSubnetSelected: false,
  });
});

Deno.test("linkOf() passes relay agents that are allowed, and no others", () => {
  const relays = [ip("192.0.2.7"), ip("198.51.100.1")];
  for (const giaddr of ["192.0.2.7", "198.51.100.1"]) {
    assert.equal(reasonFor({ giaddr, hops: 1 }, { relays }), "ok", giaddr);
    assert.equal(reasonFor({ giaddr, hops: 1 }, { relays: [] }), "relayed", giaddr);
    assert.equal(reasonFor({ giaddr, hops: 1 }), "relayed", giaddr);
  }
  assert.equal(reasonFor({ giaddr: "192.0.2.8" }, { relays }), "relayed");
});

Deno.test("linkOf() knows no relay agent at an address that none can have", () => {
  const addresses = [SERVER_IP, "127.0.0.1", "255.255.255.255", "224.0.0.1", "0.0.0.1"];
  for (const giaddr of addresses) {
    assert.equal(reasonFor({ giaddr }, { relays: [ip(giaddr)] }), "relayed", giaddr);
  }
});

Deno.test("linkOf() passes what is routed here only from a client that owns its address", () => {
  const routed: ClientPacket = { destinationIp: SERVER_IP, sourceIp: "198.51.100.9" };
  const cases: readonly (readonly [string, ClientPacket, string])[] = [
    ["a DISCOVER from elsewhere", routed, "foreignSource"],
    ["a client that renews there", { ...routed, ciaddr: "198.51.100.9" }, "ok"],
    ["another's ciaddr", { ...routed, ciaddr: "198.51.100.8" }, "foreignSource"],
    ["from the network itself", { ...routed, sourceIp: "192.0.2.200" }, "ok"],
    ["from nowhere", { ...routed, sourceIp: "0.0.0.0" }, "ok"],
    ["broadcast", { ...routed, destinationIp: "255.255.255.255" }, "ok"],
  ];
  for (const [name, packet, want] of cases) assert.equal(reasonFor(packet), want, name);
  const relays = [ip("198.51.100.1")];
  assert.equal(reasonFor({ ...routed, giaddr: "198.51.100.1" }, { relays }), "ok");
});

Deno.test("linkOf() compares chaddr with the Ethernet source where it is told to", () => {
  const packet: ClientPacket = { ethernetSource: mac("02:00:00:00:00:07") };
  assert.equal(reasonFor(packet), "ok");
  assert.equal(reasonFor(packet, { strictChaddr: true }), "chaddrMismatch");
  assert.equal(reasonFor({}, { strictChaddr: true }), "ok");
});

Deno.test("linkOf() takes no host for a relay agent that only writes an allowed giaddr", () => {
  const strict = { relays: [ip(RELAY_IP), ip("198.51.100.1")], strictChaddr: true };
  const cases: readonly (readonly [string, ClientPacket, string])[] = [
    ["the relay agent", RELAYED, "ok"],
    ["its other address", { ...RELAYED, sourceIp: "198.51.100.1" }, "ok"],
    ["nobody", { ...RELAYED, sourceIp: "0.0.0.0" }, "relayMismatch"],
    ["another host", { ...RELAYED, sourceIp: "192.0.2.66" }, "relayMismatch"],
    ["broadcast", { ...RELAYED, destinationIp: "255.255.255.255" }, "relayMismatch"],
    ["to the network", { ...RELAYED, destinationIp: "192.0.2.255" }, "relayMismatch"],
    ["a giaddr that is not allowed", { ...RELAYED, giaddr: "192.0.2.8" }, "relayed"],
  ];
  for (const [name, packet, want] of cases) assert.equal(reasonFor(packet, strict), want, name);
});

Deno.test("linkOf() takes relayed messages from the listed Ethernet addresses only", () => {
  const other = mac("02:00:00:00:00:66");
  for (const strictChaddr of [false, true]) {
    const pool = { ...RELAYS, strictChaddr, relayMacs: [RELAYED.ethernetSource!] };
    assert.equal(reasonFor(RELAYED, pool), "ok");
    assert.equal(reasonFor({ ...RELAYED, ethernetSource: other }, pool), "relayMismatch");
    assert.equal(reasonFor({}, pool), "ok", "a direct message");
  }
  assert.equal(reasonFor(RELAYED, { ...RELAYS, relayMacs: [] }), "relayMismatch");
});

const SELECTIONS: readonly (readonly [string, readonly WireOption[], string, boolean])[] = [
  ["nothing", [], "ok", false],
  ["link selection of this network", [relayInformation(...linkSelection(OURS))], "ok", false],
  [
    "link selection by a host of it",
    [relayInformation(...linkSelection("192.0.2.9"))],
    "ok",
    false,
  ],
  ["link selection of another", [relayInformation(...linkSelection(THEIRS))], "otherLink", false],
  [
    "link selection of another behind other sub-options",
    [relayInformation(...ID, ...linkSelection(THEIRS), 19, 0)],
    "otherLink",
    false,
  ],
  ["link selection of three octets", [relayInformation(5, 3, 198, 51, 100)], "ok", false],
  ["link selection of 0.0.0.0", [relayInformation(...linkSelection("0.0.0.0"))], "ok", false],
  [
    "relay information past its end",
    [relayInformation(...linkSelection(THEIRS), 1, 9)],
    "ok",
    false,
  ],
  ["subnet selection of this network", [subnet(OURS)], "ok", true],
  ["subnet selection of another", [subnet(THEIRS)], "otherLink", false],
  ["subnet selection of three octets", [[118, [198, 51, 100]]], "ok", false],
  ["subnet selection of no octet", [[118, []]], "ok", false],
  ["subnet selection of 0.0.0.0", [subnet("0.0.0.0")], "ok", false],
  ["both of this network", [relayInformation(...linkSelection(OURS)), subnet(OURS)], "ok", true],
  [
    "link selection of this network before subnet selection of another",
    [relayInformation(...linkSelection(OURS)), subnet(THEIRS)],
    "ok",
    false,
  ],
  [
    "link selection of another before subnet selection of this one",
    [relayInformation(...linkSelection(THEIRS)), subnet(OURS)],
    "otherLink",
    false,
  ],
];

for (const [name, options, want, isSubnetSelected] of SELECTIONS) {
  Deno.test(`linkOf() judges ${name}, relayed or not`, () => {
    const links = [
      linkIn({ options }),
      linkIn({ ...RELAYED, options }, RELAYS),
      linkIn({ ...RELAYED, giaddr: "198.51.100.1", options }, { relays: [ip("198.51.100.1")] }),
    ];
    for (const link of links) {
      assert.equal(link.ok ? "ok" : link.reason, want);
      if (link.ok) assert.equal(link.isSubnetSelected, isSubnetSelected);
    }
  });
}

function relayLink(value: readonly number[], fields: ClientPacket = {}): ClientLink {
  const packet = { ...RELAYED, options: [relayInformation(...value)], ...fields };
  const link = linkIn(packet, RELAYS);
  assert.ok(link.ok);
  return link;
}

Deno.test("linkOf() believes a server identifier only from the relay agent's own address", () => {
  const override = [11, 4, 192, 0, 2, 9];
  const idOf = (value: readonly number[], fields?: ClientPacket) =>
    relayLink(value, fields).serverIdentifierOverride;
  assert.equal(idOf([...ID, ...override, 2, 0]), ip("192.0.2.9"));
  assert.equal(idOf(override, { sourceIp: "192.0.2.8" }), undefined);
  assert.equal(idOf([11, 3, 192, 0, 2]), undefined);
  assert.equal(idOf([11, 5, 192, 0, 2, 9, 9]), undefined);
  for (const address of ["0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255"]) {
    assert.equal(idOf([11, 4, ...octets(address)]), undefined, address);
  }
  for (const tail of [[1], [1, 1], [1, 255], [19, 1], [255, 200, 1, 2]]) {
    assert.equal(idOf([...override, ...tail]), undefined, `${tail}`);
  }
  const direct = linkIn({ options: [relayInformation(...override)], mac: M1 });
  assert.equal(direct.ok && direct.serverIdentifierOverride, undefined);
});

Deno.test("linkOf() replies to the port of a relay agent, from whichever address it sends", () => {
  const portOf = (value: readonly number[], fields?: ClientPacket) =>
    relayLink(value, { sourcePort: 1067, ...fields }).relayPort;
  assert.equal(portOf([19, 0]), 1067);
  assert.equal(portOf([...ID, 19, 0]), 1067);
  assert.equal(portOf([19, 0], { sourceIp: "198.51.100.7" }), 1067);
  assert.equal(portOf([19, 2, 4, 43]), 1067);
  assert.equal(portOf(ID), 67);
  assert.equal(portOf([19, 0], { sourcePort: 0 }), 67);
  assert.equal(portOf([19, 0, 1, 9]), 67);
  const direct = linkIn({ options: [relayInformation(19, 0)], sourcePort: 1068 });
  assert.equal(direct.ok && direct.relayPort, 67);
});
