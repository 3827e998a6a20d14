/** Messages that come by a relay agent, or look as if they did. */

import assert from "node:assert/strict";
import {
  ip,
  leaseTable,
  octets,
  poolParameters,
  SERVER_IP,
  type WireOption,
} from "../support/dhcp/dhcp_packets.ts";
import { optionOf } from "../support/dhcp/dhcp_replies.ts";
import { answer, answerContext } from "../support/dhcp/dhcp_requests.ts";
import {
  assertReplies,
  assertReply,
  assertSilence,
  decline,
  discover,
  inform,
  RELAY,
  RELAY_IP,
  relayed,
  release,
  request,
  requested,
  THIS_SERVER,
  WITH_RELAY,
} from "./network.ts";

const OFFER = { type: "OFFER", yiaddr: "192.0.2.10", to: RELAY } as const;

Deno.test("relay information in a direct message comes back last, octet for octet", () => {
  const information: WireOption = [82, [1, 2, 0xaa, 0xbb, 151, 9, 0]];
  const reply = assertReply(discover([information, [61, [1, 2]]]), "OFFER");
  assert.deepEqual(reply.options.at(-1), information);
});

Deno.test("an allowed relay agent gets the OFFER at port 67, the way the request came", () => {
  const [reply] = assertReplies(relayed(discover()), [OFFER], WITH_RELAY);
  assert.equal(reply!.giaddr, RELAY_IP);
});

Deno.test("a relayed REQUEST for a wrong address is refused by way of the relay agent", () => {
  const packet = relayed(request([requested("192.0.2.99")]));
  const [reply] = assertReplies(packet, [{ type: "NAK", to: RELAY }], WITH_RELAY);
  assert.equal(reply!.flags, 0x8000);
});

Deno.test("relayed DECLINE and RELEASE are noted like direct ones", () => {
  const context = answerContext({ table: leaseTable(poolParameters(WITH_RELAY)) });
  const declined = relayed(decline([THIS_SERVER, requested("192.0.2.10")]));
  assert.equal(answer(declined, context).outcome, "declined");
  assert.equal(answer(relayed(release("192.0.2.10")), context).outcome, "released");
  assertSilence(declined, WITH_RELAY);
  assertSilence(relayed(release("192.0.2.10")), WITH_RELAY);
});

Deno.test("a relay agent that is not allowed gets silence", () => {
  assertSilence(relayed(discover()));
  assertSilence(relayed(discover(), { giaddr: "192.0.2.8" }), WITH_RELAY);
});

Deno.test("nothing is relayed to this server, a loop, a group or nobody, allowed or not", () => {
  for (const giaddr of [SERVER_IP, "127.0.0.1", "255.255.255.255", "224.0.0.1", "0.0.0.1"]) {
    assertSilence(relayed(discover(), { giaddr }), { relays: [ip(giaddr)] });
  }
});

Deno.test("a relay agent may give the server another name, if it sends from its own address", () => {
  const override: WireOption = [82, [11, 4, ...octets("192.0.2.9")]];
  const chosen: WireOption = [54, octets("192.0.2.9")];
  const packet = relayed(request([chosen, requested("192.0.2.10"), override]));
  const reply = assertReply(packet, "ACK", WITH_RELAY);
  assert.deepEqual(optionOf(reply, 54), octets("192.0.2.9"));
  assert.deepEqual(reply.options.at(-1), override);
  assertSilence({ ...packet, sourceIp: "192.0.2.8" }, WITH_RELAY);
  assertSilence(request([chosen, requested("192.0.2.10"), override]), WITH_RELAY);
});

Deno.test("a relay agent that selects this network gets its reply, with all that it sent", () => {
  const selection: WireOption = [82, [1, 1, 7, 5, 4, ...octets("192.0.2.0")]];
  const [reply] = assertReplies(relayed(discover([selection])), [OFFER], WITH_RELAY);
  assert.deepEqual(reply!.options.at(-1), selection);
});

Deno.test("a client for which its relay agent selects another network gets silence", () => {
  const selection: WireOption = [82, [1, 1, 7, 5, 4, ...octets("198.51.100.0")]];
  const messages = [
    discover([selection]),
    request([THIS_SERVER, requested("192.0.2.10"), selection]),
    request([requested("192.0.2.99"), selection]),
    inform("192.0.2.10", { options: [selection] }),
  ];
  for (const message of messages) {
    assertSilence(relayed(message), WITH_RELAY);
    const table = leaseTable(poolParameters(WITH_RELAY));
    assert.equal(answer(relayed(message), { table }).outcome, "otherLink");
  }
});

Deno.test("a client that selects this network has its selection repeated, another gets silence", () => {
  const ours: WireOption = [118, octets("192.0.2.0")];
  const theirs: WireOption = [118, octets("198.51.100.0")];
  assert.deepEqual(optionOf(assertReply(discover([ours]), "OFFER"), 118), ours[1]);
  const packet = request([THIS_SERVER, requested("192.0.2.10"), ours]);
  assert.deepEqual(optionOf(assertReply(packet, "ACK"), 118), ours[1]);
  assertSilence(discover([theirs]));
  assertSilence(relayed(discover([theirs])), WITH_RELAY);
});

Deno.test("a subnet selection that was not followed does not come back", () => {
  const options: WireOption[] = [
    [82, [5, 4, ...octets("192.0.2.0")]],
    [118, octets("198.51.100.0")],
  ];
  const reply = assertReply(relayed(discover(options)), "OFFER", WITH_RELAY);
  assert.equal(optionOf(reply, 118), undefined);
  assert.equal(optionOf(assertReply(discover([[118, [1, 2, 3]]]), "OFFER"), 118), undefined);
});

Deno.test("a relay agent that sends from another address than its giaddr gets its port", () => {
  const packet = relayed(discover([[82, [19, 0]]]), {
    sourceIp: "198.51.100.7",
    sourcePort: 1067,
  });
  assertReplies(packet, [{ ...OFFER, to: RELAY.replace(":67", ":1067") }], WITH_RELAY);
});

Deno.test("where chaddr is checked, an allowed giaddr alone makes no relay agent", () => {
  const strict = { ...WITH_RELAY, strictChaddr: true };
  assertReplies(relayed(discover()), [OFFER], strict);
  for (const fields of [{ sourceIp: "0.0.0.0" }, { destinationIp: "255.255.255.255" }]) {
    assertSilence(relayed(discover(), fields), strict);
    const table = leaseTable(poolParameters(strict));
    assert.equal(answer(relayed(discover(), fields), { table }).outcome, "relayMismatch");
  }
});

Deno.test("a relay agent gets replies at the port that it asks for", () => {
  const packet = relayed(discover([[82, [19, 0]]]), { sourcePort: 1067 });
  assertReplies(packet, [{ ...OFFER, to: RELAY.replace(":67", ":1067") }], WITH_RELAY);
});

Deno.test("a relayed INFORM without ciaddr goes back to be broadcast", () => {
  const packet = relayed(inform("0.0.0.0"));
  const [reply] = assertReplies(packet, [{ type: "ACK", to: RELAY }], WITH_RELAY);
  assert.equal(reply!.flags, 0x8000);
});
