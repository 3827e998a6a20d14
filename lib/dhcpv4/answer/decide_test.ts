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
} from "../../../tests/support/dhcp/dhcp_packets.ts";
import { requestOf } from "../../../tests/support/dhcp/dhcp_requests.ts";
import { decide, type Decision, type IgnoreReason } from "./decide.ts";
import type { PoolParameters } from "../pool.ts";

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

function silence(reason: IgnoreReason): Decision {
  return { kind: "ignore", reason };
}

type Row = readonly [name: string, packet: ClientPacket, want: Decision];

function assertRows(rows: readonly Row[], changes: Partial<PoolParameters> = {}): void {
  const table = leaseTable(poolParameters(changes));
  for (const [name, packet, want] of rows) {
    assert.deepEqual(decide(requestOf(packet), table), want, name);
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

Deno.test("decide() offers by one ACK where the pool and the client want it", () => {
  const rapid: WireOption = [80, []];
  assertRows([["not asked for", {}, OFFER], ["asked for", { options: [rapid] }, ACK]], {
    rapidCommit: true,
  });
  assertRows([["pool does not want it", { options: [rapid] }, OFFER]]);
  assertRows([
    ["unknown", { mac: MX, options: [rapid] }, UNKNOWN],
    ["names another server", { options: [rapid, option(54, OTHER_SERVER_IP)] }, OTHER_SERVER],
  ], { rapidCommit: true });
});

Deno.test("decide() NAKs what unknown clients remember or use where it is authoritative", () => {
  const remembers = (address: string): ClientPacket => {
    return { type: REQUEST, mac: MX, options: [option(50, address)] };
  };
  assertRows([
    ["a free address", remembers("192.0.2.50"), NO_BINDING],
    ["of another network", remembers("10.0.0.1"), NO_BINDING],
    ["another's", remembers("192.0.2.10"), OF_ANOTHER],
    ["uses a free address", { type: REQUEST, mac: MX, ciaddr: "192.0.2.50" }, NO_BINDING],
    ["uses another's", { type: REQUEST, mac: MX, ciaddr: "192.0.2.10" }, OF_ANOTHER],
    ["uses one of another network", { type: REQUEST, mac: MX, ciaddr: "10.0.0.1" }, UNKNOWN],
    ["DISCOVER", { mac: MX }, UNKNOWN],
    ["bound", { type: REQUEST, options: [option(50, "192.0.2.10")] }, ACK],
  ], { authoritative: true });
});

Deno.test("decide() notes a DECLINE of the own address, named with this server, and no other", () => {
  const us = option(54, SERVER_IP);
  const mine = option(50, "192.0.2.10");
  const ignored = silence("declineIgnored");
  assertRows([
    ["own address", { type: DECLINE, options: [us, mine] }, silence("declined")],
    ["no server", { type: DECLINE, options: [mine] }, ignored],
    ["another server", { type: DECLINE, options: [option(54, OTHER_SERVER_IP), mine] }, ignored],
    ["no address", { type: DECLINE, options: [us] }, ignored],
    ["ciaddr alone", { type: DECLINE, options: [us], ciaddr: "192.0.2.10" }, ignored],
    ["another's", { type: DECLINE, options: [us, option(50, "192.0.2.11")] }, ignored],
    ["unknown", { type: DECLINE, mac: MX, options: [us, mine] }, ignored],
  ]);
});

Deno.test("decide() notes a RELEASE of the own address and no other", () => {
  const release: ClientPacket = { type: RELEASE, ciaddr: "192.0.2.10", destinationIp: SERVER_IP };
  const ignored = silence("releaseIgnored");
  assertRows([
    ["own address", release, silence("released")],
    ["with this server", { ...release, options: [option(54, SERVER_IP)] }, silence("released")],
    ["with another", { ...release, options: [option(54, OTHER_SERVER_IP)] }, ignored],
    ["another's", { ...release, ciaddr: "192.0.2.11" }, ignored],
    ["no address", { type: RELEASE }, ignored],
    ["unknown", { ...release, mac: MX }, ignored],
  ]);
});

Deno.test("decide() tells a client that has an address the rest, and never an address", () => {
  const inform: ClientPacket = { type: INFORM, ciaddr: "192.0.2.200", sourceIp: "192.0.2.200" };
  const unicast: ClientPacket = { ...inform, destinationIp: SERVER_IP };
  const informed: Decision = { kind: "informAck", clientIp: ip("192.0.2.200") };
  const ignored = silence("informIgnored");
  assertRows([
    ["bound, broadcast", inform, informed],
    ["bound, unicast", unicast, informed],
    ["unknown, broadcast", { ...inform, mac: MX }, UNKNOWN],
    [
      "unknown, broadcast on the subnet",
      { ...inform, mac: MX, destinationIp: "192.0.2.255" },
      UNKNOWN,
    ],
    ["unknown, unicast", { ...unicast, mac: MX }, informed],
    ["source address alone", { ...inform, ciaddr: "0.0.0.0" }, informed],
    ["ciaddr alone", { ...inform, sourceIp: "0.0.0.0" }, informed],
    ["ciaddr before source", { ...inform, sourceIp: "192.0.2.201" }, informed],
    ["with this server's name", { ...inform, options: [option(54, SERVER_IP)] }, informed],
    ["no address at all", { type: INFORM }, ignored],
    ["of another network", { ...inform, ciaddr: "10.0.0.1" }, ignored],
    ["this server's address", { ...unicast, ciaddr: SERVER_IP }, ignored],
    ["the router's address", { ...unicast, ciaddr: "192.0.2.1" }, ignored],
    ["the network's address", { ...unicast, ciaddr: "192.0.2.0" }, ignored],
    ["the broadcast address", { ...unicast, ciaddr: "192.0.2.255" }, ignored],
  ]);
});

Deno.test("decide() leaves an INFORM without address to the relay agent that it came by", () => {
  const relayed: ClientPacket = {
    type: INFORM,
    giaddr: "192.0.2.7",
    sourceIp: "192.0.2.7",
    destinationIp: SERVER_IP,
  };
  assertRows([
    ["no ciaddr", relayed, { kind: "informAck", clientIp: ip("0.0.0.0") }],
    ["ciaddr", { ...relayed, ciaddr: "192.0.2.200" }, {
      kind: "informAck",
      clientIp: ip("192.0.2.200"),
    }],
    ["ciaddr of another network", { ...relayed, ciaddr: "10.0.0.1" }, silence("informIgnored")],
  ]);
});

Deno.test("decide() knows this server by the address that a relay agent gives it", () => {
  const override: WireOption = [82, [11, 4, ...octets("192.0.2.9")]];
  const relayed: ClientPacket = { giaddr: "192.0.2.7", sourceIp: "192.0.2.7" };
  const mine = option(50, "192.0.2.10");
  const select = (server: string): ClientPacket => {
    return { ...relayed, type: REQUEST, options: [option(54, server), mine, override] };
  };
  const decline = [option(54, "192.0.2.9"), mine, override];
  assertRows([
    ["that address", select("192.0.2.9"), ACK],
    ["its own address", select(SERVER_IP), OTHER_SERVER],
    ["from another source", { ...select("192.0.2.9"), sourceIp: "192.0.2.8" }, OTHER_SERVER],
    ["not relayed", { type: REQUEST, options: [option(54, "192.0.2.9"), override] }, OTHER_SERVER],
    ["DECLINE", { ...relayed, type: DECLINE, options: decline }, silence("declined")],
  ]);
});

Deno.test("decide() stays silent on the rest, each with its reason", () => {
  assertRows([
    ["REQUEST without address", { type: REQUEST }, silence("noAddress")],
    ["OFFER", { type: 2 }, silence("serverMessage")],
    ["ACK", { type: 5 }, silence("serverMessage")],
    ["NAK", { type: 6 }, silence("serverMessage")],
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

Deno.test("decide() refuses nobody from a table that may be outdated", () => {
  const rows: readonly (readonly [string, ClientPacket])[] = [
    ["SELECTING another address", { options: [option(54, SERVER_IP), option(50, "192.0.2.99")] }],
    ["SELECTING, unknown", { mac: MX, options: [option(54, SERVER_IP), option(50, "192.0.2.99")] }],
    ["INIT-REBOOT with another address", { options: [option(50, "192.0.2.99")] }],
    ["INIT-REBOOT, of another client", { mac: MX, options: [option(50, "192.0.2.10")] }],
    ["REBINDING another address", { ciaddr: "192.0.2.99" }],
  ];
  const requests = rows.map(([name, packet]) => [name, { type: REQUEST, ...packet }] as const);
  for (const [name, packet] of requests) {
    const now = decide(requestOf(packet), leaseTable(poolParameters({ authoritative: true })));
    assert.equal(now.kind, "nak", name);
  }
  assertRows(requests.map(([name, packet]) => [name, packet, silence("nakWithheld")] as const), {
    mayBeOutdated: true,
    authoritative: true,
  });
  assertRows([
    ["DISCOVER", {}, OFFER],
    ["REBINDING", { type: REQUEST, ciaddr: "192.0.2.10" }, ACK],
  ], { mayBeOutdated: true });
});
