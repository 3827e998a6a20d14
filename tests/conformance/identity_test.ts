/** Who a client is: its MAC, and nothing else that it says. */

import assert from "node:assert/strict";
import { createLeaseTable } from "../../lib/dhcpv4/lease.ts";
import { parseMacAddress } from "../../lib/net/mac_address.ts";
import { ip, M2, poolParameters, type WireOption } from "../support/dhcp/dhcp_packets.ts";
import { optionOf } from "../support/dhcp/dhcp_replies.ts";
import { answer } from "../support/dhcp/dhcp_requests.ts";
import { assertReply, discover, request, requested, THIS_SERVER } from "./network.ts";

const DUID: WireOption = [61, [0xff, 0, 0, 0, 1, 0, 1, 0x2a, 0x2b, 0x2c, 0x2d, 0x52, 0x54, 0, 1]];

Deno.test("a client identifier comes back unchanged in OFFER, ACK and NAK", () => {
  const replies = [
    assertReply(discover([DUID]), "OFFER"),
    assertReply(request([THIS_SERVER, requested("192.0.2.10"), DUID]), "ACK"),
    assertReply(request([requested("192.0.2.99"), DUID]), "NAK"),
  ];
  for (const reply of replies) assert.deepEqual(optionOf(reply, 61), DUID[1]);
});

Deno.test("clones with one client identifier each get the address of their own MAC", () => {
  assert.equal(assertReply(discover([DUID]), "OFFER").yiaddr, "192.0.2.10");
  assert.equal(assertReply(discover([DUID], { mac: M2 }), "OFFER").yiaddr, "192.0.2.11");
});

Deno.test("a client that changes its identifier keeps its address", () => {
  for (const value of [[1, 2, 3], [0xff, 9], [1]]) {
    assert.equal(assertReply(discover([[61, value]]), "OFFER").yiaddr, "192.0.2.10");
  }
});

Deno.test("a MAC is the same however it is written in the record", () => {
  for (const text of ["52:54:00:AB:CD:EF", "52-54-00-ab-cd-ef", "52:54:00:ab:cd:ef"]) {
    const table = createLeaseTable(
      poolParameters(),
      new Map([[parseMacAddress(text)!, ip("192.0.2.12")]]),
    );
    const packet = discover([], { mac: parseMacAddress("52:54:00:ab:cd:ef")! });
    assert.equal(answer(packet, { table }).yiaddr, ip("192.0.2.12"), text);
  }
});
