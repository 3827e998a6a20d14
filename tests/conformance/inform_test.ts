/** A client that has an address and wants the rest. */

import assert from "node:assert/strict";
import { parseCidr } from "../../lib/net/cidr.ts";
import { ip, MX } from "../support/dhcp/dhcp_packets.ts";
import {
  asksFor,
  assertReplies,
  assertSilence,
  codesOf,
  host,
  inform,
  THIS_SERVER,
} from "./network.ts";

Deno.test("INFORM: whoever asks this server gets options for its ciaddr, and no lease", () => {
  const packet = inform("192.0.2.200", {
    mac: MX,
    ciaddr: "192.0.2.200",
    options: [asksFor(6, 15, 42)],
  });
  const to = host("192.0.2.200", MX);
  const [reply] = assertReplies(packet, [{ type: "ACK", ciaddr: "192.0.2.200", to }]);
  assert.deepEqual(codesOf(reply!), [53, 54, 1, 6, 15, 42, 3, 28]);
});

Deno.test("INFORM: the source address counts for a client that leaves ciaddr out", () => {
  const to = host("192.0.2.200", MX);
  assertReplies(inform("192.0.2.200", { mac: MX }), [{ type: "ACK", to }]);
});

Deno.test("INFORM: broadcast, it is answered for bound clients only", () => {
  const packet = inform("192.0.2.10", {
    ciaddr: "192.0.2.10",
    destinationIp: "255.255.255.255",
  });
  assertReplies(packet, [{ type: "ACK", ciaddr: "192.0.2.10", to: host("192.0.2.10") }]);
  assertSilence({ ...packet, mac: MX });
});

Deno.test("INFORM: a client without any address gets silence", () => {
  assertSilence(inform("0.0.0.0"));
  assertSilence(inform("0.0.0.0", { destinationIp: "255.255.255.255" }));
});

Deno.test("INFORM: nothing goes to another network, to this server or to the router", () => {
  for (const ciaddr of ["10.0.0.1", "192.0.2.2", "192.0.2.1", "192.0.2.0", "192.0.2.255"]) {
    assertSilence(inform("192.0.2.200", { ciaddr }));
  }
});

Deno.test("INFORM: a server identifier does no harm", () => {
  const packet = inform("192.0.2.10", { options: [THIS_SERVER] });
  assertReplies(packet, [{ type: "ACK", to: host("192.0.2.10") }]);
});

Deno.test("INFORM: both addresses of a /31 are hosts', and none of a /30 at its edges", () => {
  const link = { cidr: parseCidr("192.0.2.2/31")!, router: ip("192.0.2.9") };
  const to = host("192.0.2.3", MX);
  assertReplies(inform("192.0.2.3", { mac: MX }), [{ type: "ACK", to }], link);
  const wider = { cidr: parseCidr("192.0.2.0/30")!, router: ip("192.0.2.9") };
  assertReplies(inform("192.0.2.1", { mac: MX }), [
    { type: "ACK", to: host("192.0.2.1", MX) },
  ], wider);
  for (const edge of ["192.0.2.0", "192.0.2.3"]) assertSilence(inform(edge, { mac: MX }), wider);
});

Deno.test("INFORM: a network of one address serves no other host", () => {
  const cidr = parseCidr("192.0.2.2/32")!;
  for (const address of ["192.0.2.1", "192.0.2.2", "192.0.2.3"]) {
    assertSilence(inform(address, { mac: MX }), { cidr });
  }
});
