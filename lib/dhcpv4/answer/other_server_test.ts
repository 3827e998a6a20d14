import assert from "node:assert/strict";
import { answerFrame } from "../answer.ts";
import { otherServerOf } from "./other_server.ts";
import {
  clientFrame,
  ip,
  leaseTable,
  mac,
  SERVER_IP,
} from "../../../tests/support/dhcp/dhcp_packets.ts";
import type { MacAddress } from "../../net/mac_address.ts";

const SERVER_MAC = mac("02:00:00:00:00:53");

/** An OFFER as a server on the segment sends it. */
function offer(): Uint8Array {
  const context = { table: leaseTable(), macAddress: SERVER_MAC, mtuBytes: 1500 };
  const request = { bytes: clientFrame({ flags: 0x8000 }), packetType: 1, checksumReady: true };
  return answerFrame(request, context).replies[0]!;
}

Deno.test("otherServerOf() tells the server of a reply by its option 54 and Ethernet address", () => {
  const seen = otherServerOf({ bytes: offer(), checksumReady: true }, ip("192.0.2.99"));
  assert.deepEqual(seen, { mac: SERVER_MAC, serverIdentifier: ip(SERVER_IP) });
});

Deno.test("otherServerOf() finds nothing in the reply of another agent of the same pool", () => {
  assert.equal(otherServerOf({ bytes: offer(), checksumReady: true }, ip(SERVER_IP)), undefined);
});

Deno.test("otherServerOf() finds nothing in a client's request, even to port 68", () => {
  const bytes = clientFrame({ ethernetSource: 0x020000000001 as MacAddress });
  assert.equal(otherServerOf({ bytes, checksumReady: true }, ip("192.0.2.99")), undefined);
  bytes[37] = 68;
  assert.equal(otherServerOf({ bytes, checksumReady: false }, ip("192.0.2.99")), undefined);
});

Deno.test("otherServerOf() finds nothing in a reply cut anywhere", () => {
  const whole = offer();
  for (let length = 0; length < whole.length; length++) {
    const bytes = whole.subarray(0, length);
    assert.equal(otherServerOf({ bytes, checksumReady: false }, ip("192.0.2.99")), undefined);
  }
});
