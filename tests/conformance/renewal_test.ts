/** A client in RENEWING or REBINDING: it keeps its address or learns at once that it cannot. */

import assert from "node:assert/strict";
import { createLeaseTable } from "../../lib/dhcpv4/lease.ts";
import {
  type ClientPacket,
  ip,
  M1,
  M2,
  mac,
  MX,
  poolParameters,
} from "../support/dhcp/dhcp_packets.ts";
import { answer } from "../support/dhcp/dhcp_requests.ts";
import {
  assertReplies,
  assertSilence,
  discover,
  EVERYBODY,
  host,
  rebind,
  renew,
} from "./network.ts";

const ROUTER_MAC = mac("02:00:00:00:00:01");
const ACK = {
  type: "ACK",
  yiaddr: "192.0.2.10",
  ciaddr: "192.0.2.10",
  to: host("192.0.2.10"),
} as const;
const NAK = { type: "NAK", to: EVERYBODY } as const;

function outcomeWith(packet: ClientPacket, bindings: ReadonlyMap<typeof M1, string>): string {
  const addresses = new Map([...bindings].map(([mac, address]) => [mac, ip(address)]));
  const { outcome, yiaddr } = answer(packet, {
    table: createLeaseTable(poolParameters(), addresses),
  });
  return yiaddr === undefined ? outcome : `${outcome} .${yiaddr & 255}`;
}

Deno.test("RENEWING: the bound address is acknowledged to where the request came from", () => {
  assertReplies(renew("192.0.2.10"), [ACK]);
});

Deno.test("REBINDING: the bound address is acknowledged to that address", () => {
  assertReplies(rebind("192.0.2.10"), [ACK]);
});

Deno.test("REBINDING: the broadcast flag does not matter to a client that has an address", () => {
  const [reply] = assertReplies(rebind("192.0.2.10", { flags: 0x8000 }), [ACK]);
  assert.equal(reply!.flags, 0x8000);
});

Deno.test("RENEWING: a wrong address is refused twice, by broadcast and where the client listens", () => {
  assertReplies(renew("192.0.2.77"), [NAK, { ...NAK, to: host("192.0.2.77") }]);
});

Deno.test("REBINDING: a wrong address is refused by broadcast", () => {
  assertReplies(rebind("192.0.2.77"), [NAK]);
});

Deno.test("RENEWING: an unknown client is left alone unless its address is another's", () => {
  assertSilence(renew("192.0.2.50", { mac: MX }));
  const copy = { ...NAK, to: host("192.0.2.10", MX) };
  assertReplies(renew("192.0.2.10", { mac: MX }), [NAK, copy]);
});

Deno.test("RENEWING, REBINDING: an unknown client is refused where no other server can know it", () => {
  const authoritative = { authoritative: true };
  const copy = { ...NAK, to: host("192.0.2.50", MX) };
  assertReplies(renew("192.0.2.50", { mac: MX }), [NAK, copy], authoritative);
  assertReplies(rebind("192.0.2.50", { mac: MX }), [NAK], authoritative);
  assertSilence(rebind("10.0.0.1", { mac: MX }), authoritative);
});

Deno.test("RENEWING: a client behind a router is refused nothing, for it could be anybody", () => {
  assertSilence(renew("192.0.2.77", { ethernetSource: ROUTER_MAC }));
});

Deno.test("RENEWING: the ACK to a client behind a router goes back to the router", () => {
  const packet = renew("192.0.2.10", { ethernetSource: ROUTER_MAC });
  assertReplies(packet, [{ ...ACK, to: host("192.0.2.10", ROUTER_MAC) }]);
});

Deno.test("a client whose binding moved is refused its old address and offered the new one", () => {
  const moved = new Map([[M1, "192.0.2.20"]]);
  assert.equal(outcomeWith(renew("192.0.2.10"), moved), "nak");
  assert.equal(outcomeWith(discover(), moved), "offer .20");
});

Deno.test("a client whose binding is gone is left alone until its address is another's", () => {
  assert.equal(outcomeWith(renew("192.0.2.10"), new Map()), "unknownMac");
  assert.equal(outcomeWith(renew("192.0.2.10"), new Map([[M2, "192.0.2.10"]])), "nak");
});
