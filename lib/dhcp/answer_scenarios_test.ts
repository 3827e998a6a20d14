/** What a conforming server does on the wire: destinations, header fields, silence. */

import assert from "node:assert/strict";
import {
  type ClientPacket,
  ip,
  leaseTable,
  M1,
  M2,
  mac,
  MX,
  octets,
  OTHER_SERVER_IP,
  poolParameters,
  REQUEST,
  SERVER_IP,
} from "../../tests/support/dhcp_packets.ts";
import { optionOf, readReply, type Reply } from "../../tests/support/dhcp_replies.ts";
import { answer, replyTo } from "../../tests/support/dhcp_requests.ts";
import { formatMacAddress } from "../net/mac_address.ts";
import { createLeaseTable } from "./lease.ts";

const M1_TEXT = formatMacAddress(M1);
const EVERYBODY = "255.255.255.255:68 ff:ff:ff:ff:ff:ff";
const DIRECT = `192.0.2.10:68 ${M1_TEXT}`;
const US = [54, octets(SERVER_IP)] as const;
const THEM = [54, octets(OTHER_SERVER_IP)] as const;
const MINE = [50, octets("192.0.2.10")] as const;
const RENEWAL: ClientPacket = {
  type: REQUEST,
  sourceIp: "192.0.2.10",
  ciaddr: "192.0.2.10",
  destinationIp: SERVER_IP,
};

const TYPES: Readonly<Record<number, string>> = { 2: "OFFER", 5: "ACK", 6: "NAK" };

/** `TYPE yiaddr ciaddr siaddr -> address:port MAC`. */
function summary(reply: Reply): string {
  const type = TYPES[optionOf(reply, 53)![0]!];
  const { yiaddr, ciaddr, siaddr, destination, ethernetDestination } = reply;
  return `${type} ${yiaddr} ${ciaddr} ${siaddr} -> ${destination} ${ethernetDestination}`;
}

function replies(packet: ClientPacket, table = leaseTable()): string[] {
  return answer(packet, { table }).replies.map((frame) => summary(readReply(frame)));
}

type Scenario = readonly [name: string, packet: ClientPacket, want: readonly string[]];

function check(scenarios: readonly Scenario[]): void {
  for (const [name, packet, want] of scenarios) assert.deepEqual(replies(packet), want, name);
}

const OFFER = `OFFER 192.0.2.10 0.0.0.0 ${SERVER_IP} -> ${DIRECT}`;
const ACK = `ACK 192.0.2.10 0.0.0.0 ${SERVER_IP} -> ${DIRECT}`;
const RENEWED = `ACK 192.0.2.10 192.0.2.10 ${SERVER_IP} -> ${DIRECT}`;
const NAK = `NAK 0.0.0.0 0.0.0.0 0.0.0.0 -> ${EVERYBODY}`;

Deno.test("DISCOVER gets the bound address whatever it hints at", () => {
  check([
    ["flags 0", {}, [OFFER]],
    ["broadcast flag", { flags: 0x8000 }, [
      `OFFER 192.0.2.10 0.0.0.0 ${SERVER_IP} -> ${EVERYBODY}`,
    ]],
    ["unbound", { mac: MX }, []],
    ["option 50", { options: [[50, octets("192.0.2.99")]] }, [OFFER]],
    ["ciaddr", { ciaddr: "192.0.2.99" }, [OFFER]],
    ["ciaddr broadcast", { ciaddr: "255.255.255.255" }, [OFFER]],
    ["siaddr", { siaddr: "192.0.2.77" }, [OFFER]],
    ["option 54 of another server", { options: [THEM] }, []],
    ["option 54 of this server", { options: [US] }, [OFFER]],
  ]);
});

Deno.test("REQUEST in SELECTING is acknowledged for the bound address only", () => {
  check([
    ["right", { type: REQUEST, options: [US, MINE] }, [ACK]],
    ["wrong address", { type: REQUEST, options: [US, [50, octets("192.0.2.11")]] }, [NAK]],
    ["other server", { type: REQUEST, options: [THEM, MINE] }, []],
    ["no option 50", { type: REQUEST, options: [US] }, [ACK]],
    ["no binding", { type: REQUEST, mac: MX, options: [US, [50, octets("192.0.2.50")]] }, [NAK]],
    ["broadcast flag", { type: REQUEST, options: [US, MINE], flags: 0x8000 }, [
      `ACK 192.0.2.10 0.0.0.0 ${SERVER_IP} -> ${EVERYBODY}`,
    ]],
  ]);
});

Deno.test("REQUEST in INIT-REBOOT is judged by the record", () => {
  check([
    ["right", { type: REQUEST, options: [MINE] }, [ACK]],
    ["another network", { type: REQUEST, options: [[50, octets("185.0.50.0")]] }, [NAK]],
    ["unknown, unbound", { type: REQUEST, mac: MX, options: [[50, octets("192.0.2.50")]] }, []],
    ["unknown, M1's", { type: REQUEST, mac: MX, options: [MINE] }, [NAK]],
    ["nothing named", { type: REQUEST }, []],
  ]);
});

Deno.test("REQUEST in RENEWING and REBINDING is answered at the client's address", () => {
  const rebind = { ...RENEWAL, destinationIp: "255.255.255.255" };
  const router = mac("02:00:00:00:00:01");
  const wrong = { sourceIp: "192.0.2.77", ciaddr: "192.0.2.77" };
  check([
    ["renewing", RENEWAL, [RENEWED]],
    ["rebinding", rebind, [RENEWED]],
    ["rebinding, broadcast flag", { ...rebind, flags: 0x8000 }, [RENEWED]],
    ["renewing a wrong address", { ...RENEWAL, ...wrong }, [
      NAK,
      `NAK 0.0.0.0 0.0.0.0 0.0.0.0 -> 192.0.2.77:68 ${M1_TEXT}`,
    ]],
    ["rebinding a wrong address", { ...rebind, ...wrong }, [NAK]],
    ["unknown, unbound", { ...RENEWAL, mac: MX, ciaddr: "192.0.2.50" }, []],
    ["unknown, M1's", { ...RENEWAL, mac: MX }, [
      NAK,
      `NAK 0.0.0.0 0.0.0.0 0.0.0.0 -> 192.0.2.10:68 ${formatMacAddress(MX)}`,
    ]],
    ["through a router", { ...RENEWAL, ethernetSource: router }, [
      RENEWED.replace(M1_TEXT, "02:00:00:00:00:01"),
    ]],
  ]);
});

Deno.test("every reply has the fields that a reply must have", () => {
  const packets: readonly ClientPacket[] = [
    { secs: 9 },
    { type: REQUEST, options: [US, MINE], flags: 0x8000 },
    { type: REQUEST, options: [[50, octets("192.0.2.77")]] },
    RENEWAL,
  ];
  for (const packet of packets) {
    const reply = replyTo({ ...packet, hops: 3, xid: 0x01020304 });
    const { op, htype, hlen, hops, secs, xid, flags, chaddr } = reply;
    assert.deepEqual({ op, htype, hlen, hops, secs, xid, flags, chaddr }, {
      op: 2,
      htype: 1,
      hlen: 6,
      hops: 0,
      secs: 0,
      xid: 0x01020304,
      flags: packet.flags ?? 0,
      chaddr: "52540012345600000000000000000000",
    });
    assert.equal(reply.source, "192.0.2.2:67");
    assert.equal(reply.ethernetSource, "02:00:00:00:00:02");
    assert.equal(reply.options[0]![0], 53);
    assert.deepEqual(optionOf(reply, 54), octets(SERVER_IP));
  }
});

Deno.test("a client whose binding moved is sent back to INIT and gets the new address", () => {
  const moved = createLeaseTable(poolParameters(), new Map([[M1, ip("192.0.2.20")]]));
  assert.equal(replies(RENEWAL, moved)[0], NAK);
  assert.match(replies({}, moved)[0]!, /^OFFER 192\.0\.2\.20 /);
});

Deno.test("a client whose binding is gone is left alone until its address is another's", () => {
  const gone = createLeaseTable(poolParameters(), new Map());
  assert.deepEqual(replies(RENEWAL, gone), []);
  const passedOn = createLeaseTable(poolParameters(), new Map([[M2, ip("192.0.2.10")]]));
  assert.equal(replies(RENEWAL, passedOn)[0], NAK);
});

Deno.test("a retransmission gets the identical reply", () => {
  const first = answer({ options: [[61, [1, 2]]] }).replies;
  for (let i = 0; i < 3; i++) assert.deepEqual(answer({ options: [[61, [1, 2]]] }).replies, first);
});
