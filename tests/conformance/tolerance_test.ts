/** What is unusual but answered, what is no DHCP, and what stays the same. */

import assert from "node:assert/strict";
import { octets } from "../support/dhcp/dhcp_packets.ts";
import { answer } from "../support/dhcp/dhcp_requests.ts";
import { assertReply, assertSilence, discover } from "./network.ts";

Deno.test("a message without END is answered", () => {
  assertReply(discover([], { tail: [], padToBytes: 0 }), "OFFER");
});

Deno.test("a message of fewer than 300 octets is answered", () => {
  for (const padToBytes of [0, 250, 262, 284, 299]) {
    assertReply(discover([], { padToBytes }), "OFFER");
  }
});

Deno.test("whatever stands behind END is ignored", () => {
  const tail = [255, 54, 4, ...octets("192.0.2.3"), 61, 250, 1];
  assert.deepEqual(assertReply(discover([], { tail }), "OFFER"), assertReply(discover(), "OFFER"));
});

Deno.test("BOOTP gets silence, with and without a cookie", () => {
  assertSilence(discover([], { type: undefined }));
  assertSilence(discover([[1, octets("255.255.255.0")]], { type: undefined }));
});

Deno.test("lease queries and other types of other RFCs get silence", () => {
  for (let type = 9; type <= 18; type++) assertSilence(discover([], { type }));
});

Deno.test("a retransmission gets the identical reply", () => {
  const [first] = answer(discover([[61, [1, 2]]])).replies;
  for (let i = 0; i < 3; i++) assert.deepEqual(answer(discover([[61, [1, 2]]])).replies, [first]);
});
