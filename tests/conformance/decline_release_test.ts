/** What a client says of its address changes nothing that is recorded. */

import assert from "node:assert/strict";
import { M2, MX } from "../support/dhcp/dhcp_packets.ts";
import { answer } from "../support/dhcp/dhcp_requests.ts";
import {
  assertReplies,
  assertSilence,
  decline,
  discover,
  host,
  OTHER_SERVER,
  release,
  requested,
  THIS_SERVER,
} from "./network.ts";

const OFFER = { type: "OFFER", yiaddr: "192.0.2.10", to: host("192.0.2.10") } as const;
const OWN_DECLINE = decline([THIS_SERVER, requested("192.0.2.10")]);

Deno.test("DECLINE: noted without an answer, and the client gets its address at once", () => {
  assertSilence(OWN_DECLINE);
  assert.equal(answer(OWN_DECLINE).outcome, "declined");
  assertReplies(discover(), [OFFER]);
});

Deno.test("DECLINE: ignored without an address, for another server, of another client", () => {
  const packets = [
    decline([THIS_SERVER]),
    decline([OTHER_SERVER, requested("192.0.2.10")]),
    decline([requested("192.0.2.10")]),
    { ...OWN_DECLINE, mac: M2 },
    { ...OWN_DECLINE, mac: MX },
  ];
  for (const packet of packets) {
    assertSilence(packet);
    assert.equal(answer(packet).outcome, "declineIgnored");
  }
});

Deno.test("RELEASE: noted without an answer, and the client keeps its binding", () => {
  assertSilence(release("192.0.2.10"));
  assert.equal(answer(release("192.0.2.10")).outcome, "released");
  assertReplies(discover(), [OFFER]);
});

Deno.test("RELEASE: ignored of another client, of another address, for another server", () => {
  const packets = [
    release("192.0.2.10", { mac: M2 }),
    release("192.0.2.10", { mac: MX }),
    release("192.0.2.11"),
    release("192.0.2.10", { options: [OTHER_SERVER] }),
  ];
  for (const packet of packets) {
    assertSilence(packet);
    assert.equal(answer(packet).outcome, "releaseIgnored");
  }
});
