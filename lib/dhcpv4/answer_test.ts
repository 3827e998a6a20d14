import assert from "node:assert/strict";
import {
  clientFrame,
  type ClientPacket,
  ip,
  leaseTable,
  M1,
  mac,
  MX,
  octets,
  OTHER_SERVER_IP,
  poolParameters,
  REQUEST,
} from "../../tests/support/dhcp/dhcp_packets.ts";
import { hexOf, readReply } from "../../tests/support/dhcp/dhcp_replies.ts";
import { answer, answerContext, replyTo } from "../../tests/support/dhcp/dhcp_requests.ts";
import {
  type HexPacket,
  readHexPacket,
  readHexPackets,
} from "../../tests/support/dhcp/hex_packets.ts";
import { formatIpv4Address } from "../net/ipv4_address.ts";
import { type Answer, answerFrame } from "./answer.ts";

const CAPTURED = readHexPackets().filter(({ fields }) => fields.has("expect"));

function answerPacket({ bytes, fields }: HexPacket): Answer {
  const checksumReady = fields.get("checksum") !== "partial";
  return answerFrame({ bytes, packetType: 0, checksumReady }, answerContext());
}

for (const packet of CAPTURED) {
  Deno.test(`answerFrame() answers ${packet.name} with ${packet.fields.get("expect")}`, () => {
    const { outcome, yiaddr, state, mac, replies } = answerPacket(packet);
    assert.equal(`${outcome} ${formatIpv4Address(yiaddr!)}`, packet.fields.get("expect"));
    assert.equal(state, packet.fields.get("state"));
    assert.equal(mac, M1);
    assert.equal(replies.length, 1);
    const reply = readReply(replies[0]!);
    assert.equal(hexOf(packet.bytes.subarray(46, 50)), reply.xid.toString(16).padStart(8, "0"));
    assert.equal(reply.yiaddr, "192.0.2.10");
    assert.equal(reply.source, "192.0.2.2:67");
  });
}

Deno.test("answerFrame() knows captured packets of four clients in every state", () => {
  const names = CAPTURED.map(({ name }) => name).join(" ");
  for (const client of ["udhcpc", "dhclient", "dhcpcd", "networkd"]) {
    assert.match(names, new RegExp(`${client}_discover`));
  }
  for (const state of ["selecting", "init_reboot", "renewing", "rebinding"]) {
    assert.match(names, new RegExp(`_request_${state}`));
  }
});

for (const name of ["udhcpc_discover", "dhcpcd_request_selecting", "networkd_request_renewing"]) {
  Deno.test(`answerFrame() answers ${name} octet for octet as recorded`, () => {
    const { replies } = answerPacket(readHexPacket(name));
    assert.equal(hexOf(replies[0]!), hexOf(readHexPacket(`reply_to_${name}`).bytes));
  });
}

Deno.test("answerFrame() tells what it saw of a packet", () => {
  const nothing = {
    messageType: undefined,
    mac: undefined,
    state: undefined,
    serverIdentifier: undefined,
    yiaddr: undefined,
    isForeignChaddr: false,
    leftOut: [],
  };
  const seen = { ...nothing, messageType: "DISCOVER", mac: M1 } as const;
  const router = mac("02:00:00:00:00:01");
  const cases: readonly (readonly [ClientPacket, Omit<Answer, "replies" | "message">])[] = [
    [{}, { ...seen, outcome: "offer", yiaddr: ip("192.0.2.10") }],
    [{ ethernetSource: router }, {
      ...seen,
      outcome: "offer",
      yiaddr: ip("192.0.2.10"),
      isForeignChaddr: true,
    }],
    [{ type: REQUEST, ciaddr: "192.0.2.77" }, {
      ...seen,
      outcome: "nak",
      messageType: "REQUEST",
      state: "rebinding",
    }],
    [{ type: REQUEST, options: [[54, octets(OTHER_SERVER_IP)]] }, {
      ...seen,
      outcome: "otherServer",
      messageType: "REQUEST",
      state: "selecting",
      serverIdentifier: ip(OTHER_SERVER_IP),
    }],
    [{ mac: MX }, { ...seen, outcome: "unknownMac", mac: MX }],
    [{ giaddr: "192.0.2.7" }, { ...seen, outcome: "relayed" }],
    [{ type: undefined }, { ...nothing, mac: M1, outcome: "noMessageType" }],
  ] as const;
  for (const [packet, want] of cases) {
    const { replies: _replies, message, ...got } = answer(packet);
    assert.deepEqual(got, want);
    assert.equal(message?.messageType, want.messageType);
  }
});

Deno.test("answerFrame() expects another Ethernet source than chaddr of a relay agent", () => {
  const relayed: ClientPacket = {
    giaddr: "192.0.2.7",
    sourceIp: "192.0.2.7",
    ethernetSource: mac("02:00:00:00:00:01"),
  };
  const table = leaseTable(poolParameters({ relays: [ip("192.0.2.7")] }));
  const { outcome, isForeignChaddr } = answer(relayed, { table });
  assert.deepEqual([outcome, isForeignChaddr], ["offer", false]);
});

Deno.test("answerFrame() looks only at frames to this host and to everybody", () => {
  const outcomes = [0, 1, 2, 3, 4, 5].map((packetType) =>
    answerFrame({ bytes: clientFrame(), packetType, checksumReady: true }, answerContext()).outcome
  );
  assert.deepEqual(outcomes, ["offer", "offer", ...new Array(4).fill("otherHost")]);
});

Deno.test("answerFrame() is silent for a paused pool", () => {
  const { outcome, replies } = answer({}, { table: leaseTable(poolParameters(), true) });
  assert.equal(outcome, "paused");
  assert.deepEqual(replies, []);
});

Deno.test("answerFrame() answers from the table it is given, so an edit is in the next reply", () => {
  const edited = leaseTable(poolParameters({ dns: [ip("192.0.2.99")], leaseSeconds: 600 }));
  const reply = replyTo({}, { table: edited });
  assert.deepEqual(reply.options.find(([code]) => code === 6)?.[1], octets("192.0.2.99"));
  assert.deepEqual(reply.options.find(([code]) => code === 51)?.[1], [0, 0, 2, 88]);
});

Deno.test("answerFrame() does not change or keep the frame", () => {
  const bytes = clientFrame({ options: [[61, [1, 2, 3]]] });
  const before = hexOf(bytes);
  const { replies } = answerFrame({ bytes, packetType: 1, checksumReady: true }, answerContext());
  const reply = hexOf(replies[0]!);
  assert.equal(hexOf(bytes), before);
  bytes.fill(0xff);
  assert.equal(hexOf(replies[0]!), reply);
});
