import assert from "node:assert/strict";
import {
  type ClientPacket,
  DECLINE,
  INFORM,
  ip,
  leaseTable,
  MX,
  octets,
  OTHER_SERVER_IP,
  poolParameters,
  RELEASE,
  REQUEST,
  SERVER_IP,
  type WireOption,
} from "../../tests/support/dhcp_packets.ts";
import { requestOf } from "../../tests/support/dhcp_requests.ts";
import { decide, type Decision } from "./decide.ts";

const OFFER: Decision = { kind: "offer", yiaddr: ip("192.0.2.10") };
const ACK: Decision = { kind: "ack", yiaddr: ip("192.0.2.10") };
const NOT_YOURS: Decision = { kind: "nak", reason: "notBoundToClient" };
const OF_ANOTHER: Decision = { kind: "nak", reason: "boundToAnotherClient" };
const NO_BINDING: Decision = { kind: "nak", reason: "noBinding" };
const OTHER_SERVER: Decision = { kind: "ignore", reason: "otherServer" };
const UNKNOWN: Decision = { kind: "ignore", reason: "unknownMac" };

function option(code: 50 | 54, address: string): WireOption {
  return [code, octets(address)];
}

type Row = readonly [name: string, packet: ClientPacket, want: Decision];

function assertRows(rows: readonly Row[]): void {
  for (const [name, packet, want] of rows) {
    assert.deepEqual(decide(requestOf(packet), leaseTable()), want, name);
  }
}

Deno.test("decide() offers the bound address to a DISCOVER", () => {
  assertRows([
    ["bound", {}, OFFER],
    ["hints at another address", { options: [option(50, "192.0.2.99")] }, OFFER],
    ["has a ciaddr", { ciaddr: "192.0.2.99" }, OFFER],
    ["names us", { options: [option(54, SERVER_IP)] }, OFFER],
    ["names another server", { options: [option(54, OTHER_SERVER_IP)] }, OTHER_SERVER],
    ["unknown", { mac: MX }, UNKNOWN],
    ["unknown hints at a bound address", { mac: MX, options: [option(50, "192.0.2.10")] }, UNKNOWN],
  ]);
});

Deno.test("decide() answers a client in SELECTING that chose us", () => {
  const us = option(54, SERVER_IP);
  const other = option(54, OTHER_SERVER_IP);
  const mine = option(50, "192.0.2.10");
  assertRows([
    ["its address", { type: REQUEST, options: [us, mine] }, ACK],
    ["another's", { type: REQUEST, options: [us, option(50, "192.0.2.11")] }, NOT_YOURS],
    ["no option 50", { type: REQUEST, options: [us] }, ACK],
    ["ciaddr alone", { type: REQUEST, options: [us], ciaddr: "192.0.2.10" }, ACK],
    ["wrong ciaddr alone", { type: REQUEST, options: [us], ciaddr: "192.0.2.11" }, NOT_YOURS],
    ["50 before ciaddr", { type: REQUEST, options: [us, mine], ciaddr: "192.0.2.11" }, ACK],
    ["50 is 0.0.0.0", { type: REQUEST, options: [us, option(50, "0.0.0.0")] }, NOT_YOURS],
    ["binding vanished", { type: REQUEST, mac: MX, options: [us, mine] }, NO_BINDING],
    ["chose another", { type: REQUEST, options: [other, mine] }, OTHER_SERVER],
    ["unknown chose another", { type: REQUEST, mac: MX, options: [other] }, OTHER_SERVER],
  ]);
});

Deno.test("decide() checks the address that a client remembers in INIT-REBOOT", () => {
  assertRows([
    ["its address", { type: REQUEST, options: [option(50, "192.0.2.10")] }, ACK],
    ["another's", { type: REQUEST, options: [option(50, "192.0.2.11")] }, NOT_YOURS],
    ["a free one", { type: REQUEST, options: [option(50, "192.0.2.99")] }, NOT_YOURS],
    ["of another network", { type: REQUEST, options: [option(50, "185.0.50.0")] }, NOT_YOURS],
    ["unknown, free", { type: REQUEST, mac: MX, options: [option(50, "192.0.2.50")] }, UNKNOWN],
    ["unknown, bound", { type: REQUEST, mac: MX, options: [option(50, "192.0.2.10")] }, OF_ANOTHER],
    ["unknown, elsewhere", { type: REQUEST, mac: MX, options: [option(50, "10.0.0.1")] }, UNKNOWN],
  ]);
});

Deno.test("decide() checks the address that a client wants to keep", () => {
  for (const destinationIp of [SERVER_IP, "255.255.255.255"]) {
    const request = { type: REQUEST, destinationIp };
    assertRows([
      ["its address", { ...request, ciaddr: "192.0.2.10" }, ACK],
      ["another's", { ...request, ciaddr: "192.0.2.11" }, NOT_YOURS],
      ["of another network", { ...request, ciaddr: "10.0.0.1" }, NOT_YOURS],
      ["unknown, free", { ...request, mac: MX, ciaddr: "192.0.2.50" }, UNKNOWN],
      ["unknown, bound", { ...request, mac: MX, ciaddr: "192.0.2.10" }, OF_ANOTHER],
      ["unknown, elsewhere", { ...request, mac: MX, ciaddr: "10.0.0.1" }, UNKNOWN],
    ]);
  }
});

Deno.test("decide() NAKs an unknown client outside the network only where the record says so", () => {
  const table = leaseTable(
    poolParameters({ cidr: { network: ip("198.51.100.0"), prefixLength: 24 } }),
  );
  const initReboot = requestOf({ type: REQUEST, mac: MX, options: [option(50, "192.0.2.10")] });
  assert.deepEqual(decide(initReboot, table), UNKNOWN);
});

Deno.test("decide() stays silent on the rest, each with its reason", () => {
  assertRows([
    ["REQUEST without address", { type: REQUEST }, { kind: "ignore", reason: "noAddress" }],
    ["DECLINE", { type: DECLINE }, { kind: "ignore", reason: "declineIgnored" }],
    ["RELEASE", { type: RELEASE }, { kind: "ignore", reason: "releaseIgnored" }],
    ["INFORM", { type: INFORM }, { kind: "ignore", reason: "informIgnored" }],
    ["OFFER", { type: 2 }, { kind: "ignore", reason: "serverMessage" }],
    ["ACK", { type: 5 }, { kind: "ignore", reason: "serverMessage" }],
    ["NAK", { type: 6 }, { kind: "ignore", reason: "serverMessage" }],
  ]);
});

Deno.test("decide() says nothing at all for a paused pool", () => {
  const table = leaseTable(poolParameters(), true);
  const packets: readonly ClientPacket[] = [
    {},
    { mac: MX },
    { type: REQUEST, options: [option(50, "192.0.2.99")] },
    { type: RELEASE },
  ];
  for (const packet of packets) {
    assert.deepEqual(decide(requestOf(packet), table), { kind: "ignore", reason: "paused" });
  }
});
