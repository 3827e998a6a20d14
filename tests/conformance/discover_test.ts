/** A client in INIT: which address it is offered, and where the OFFER goes. */

import assert from "node:assert/strict";
import { MX, SERVER_IP } from "../support/dhcp/dhcp_packets.ts";
import {
  assertReplies,
  assertReply,
  assertSilence,
  discover,
  EVERYBODY,
  host,
  OTHER_SERVER,
  requested,
  THIS_SERVER,
} from "./network.ts";

const OFFER = { type: "OFFER", yiaddr: "192.0.2.10", to: host("192.0.2.10") } as const;

Deno.test("a bound client is offered its address, sent to that address at its MAC", () => {
  assertReplies(discover(), [OFFER]);
});

Deno.test("an OFFER is broadcast to a client that sets the broadcast flag", () => {
  const [reply] = assertReplies(discover([], { flags: 0x8000 }), [{ ...OFFER, to: EVERYBODY }]);
  assert.equal(reply!.flags, 0x8000);
});

Deno.test("a client without a binding gets silence", () => {
  assertSilence(discover([], { mac: MX }));
});

Deno.test("an address that the client asks for in a DISCOVER does not matter", () => {
  assertReplies(discover([requested("192.0.2.99")]), [OFFER]);
});

Deno.test("a ciaddr in a DISCOVER does not matter and does not come back", () => {
  for (const ciaddr of ["192.0.2.99", "255.255.255.255"]) {
    assertReplies(discover([], { ciaddr }), [OFFER]);
  }
});

Deno.test("siaddr is this server whatever the client writes there", () => {
  assert.equal(assertReply(discover([], { siaddr: "192.0.2.77" }), "OFFER").siaddr, SERVER_IP);
});

Deno.test("a DISCOVER that names another server gets silence", () => {
  assertSilence(discover([OTHER_SERVER]));
});

Deno.test("a DISCOVER that names this server gets an OFFER", () => {
  assertReplies(discover([THIS_SERVER]), [OFFER]);
});

Deno.test("a client that asks for a rapid commit gets it only where the pool allows it", () => {
  assertReplies(discover([[80, []]]), [OFFER]);
  const [reply] = assertReplies(discover([[80, []]]), [{ ...OFFER, type: "ACK" }], {
    rapidCommit: true,
  });
  assert.deepEqual(reply!.options.at(-1), [80, []]);
  assertReplies(discover(), [OFFER], { rapidCommit: true });
});
