import assert from "node:assert/strict";
import {
  clientFrame,
  type ClientPacket,
  INFORM,
  ip,
  leaseTable,
  M1,
  MX,
  octets,
  OTHER_SERVER_IP,
  poolParameters,
  RELEASE,
  REQUEST,
  SERVER_MAC,
} from "../../tests/support/dhcp/dhcp_packets.ts";
import { RecordingLogger } from "../../tests/support/metrics/recording_logger.ts";
import { answerFrame } from "../dhcpv4/answer.ts";
import { createLeaseTable } from "../dhcpv4/lease.ts";
import { parseCidr } from "../net/cidr.ts";
import type { Ipv4Address } from "../net/ipv4_address.ts";
import type { MacAddress } from "../net/mac_address.ts";
import { LeaseLog } from "./lease_log.ts";

function setUp(table = leaseTable()) {
  const log = new RecordingLogger();
  const leaseLog = new LeaseLog({ log, interfaceName: "br48", nowMs: 0 });
  function send(packet: ClientPacket): void {
    const bytes = clientFrame(packet);
    const context = { table, macAddress: SERVER_MAC, mtuBytes: 1500 };
    const answer = answerFrame({ bytes, packetType: 1, checksumReady: true }, context);
    leaseLog.note(answer, bytes, table, 0);
  }
  /** Fields of the lines, without those that all have. */
  function events() {
    return log.lines.map(({ level, msg, fields: { interface: name, ...fields } }) => {
      assert.deepEqual([level, msg, name], ["info", "lease event", "br48"]);
      return fields;
    });
  }
  return { send, events };
}

const WEB_7 = [12, [...new TextEncoder().encode("web-7")]] as const;
const ABOUT = { mac: "52:54:00:12:34:56", hostname: "web-7" };
const UNNAMED = { mac: ABOUT.mac };
const ADDRESS = "192.0.2.10";

const CASES: readonly {
  readonly name: string;
  readonly packet: ClientPacket;
  readonly events: readonly Readonly<Record<string, string>>[];
}[] = [
  {
    name: "an offer",
    packet: { options: [WEB_7] },
    events: [{ event: "DISCOVER", ...ABOUT }, { event: "OFFER", ...ABOUT, address: ADDRESS }],
  },
  {
    name: "a renewal",
    packet: { type: REQUEST, ciaddr: ADDRESS, options: [WEB_7] },
    events: ["REQUEST", "ACK"].map((event) => ({ event, ...ABOUT, address: ADDRESS })),
  },
  {
    name: "a refusal",
    packet: { type: REQUEST, options: [[50, octets("192.0.2.77")]] },
    events: ["REQUEST", "NAK"].map((event) => ({ event, ...UNNAMED, address: "192.0.2.77" })),
  },
  {
    name: "a client that chose another server",
    packet: { type: REQUEST, options: [[54, octets(OTHER_SERVER_IP)], [50, octets(ADDRESS)]] },
    events: [{
      event: "REQUEST",
      ...UNNAMED,
      address: ADDRESS,
      server: OTHER_SERVER_IP,
      outcome: "otherServer",
    }],
  },
  {
    name: "a release",
    packet: { type: RELEASE, ciaddr: ADDRESS },
    events: [{ event: "RELEASE", ...UNNAMED, address: ADDRESS, outcome: "released" }],
  },
  {
    name: "an INFORM",
    packet: { type: INFORM, ciaddr: ADDRESS },
    events: ["INFORM", "ACK"].map((event) => ({ event, ...UNNAMED, address: ADDRESS })),
  },
  {
    name: "a machine without a binding",
    packet: { mac: MX },
    events: [{ event: "DISCOVER", mac: "52:54:00:ff:ff:ff", outcome: "unknownMac" }],
  },
  { name: "nothing of what is no DHCP message", packet: { type: undefined }, events: [] },
];

for (const { name, packet, events: wanted } of CASES) {
  Deno.test(`LeaseLog tells of ${name}`, () => {
    const { send, events } = setUp();
    send(packet);
    assert.deepEqual(events(), wanted);
  });
}

Deno.test("LeaseLog names a client that does not say its name as the record does", () => {
  const { send, events } = setUp(
    leaseTable(poolParameters({ hostNames: new Map([[M1, "db-1"]]) })),
  );
  send({});
  assert.deepEqual(events().map(({ hostname }) => hostname), ["db-1", "db-1"]);
});

Deno.test("LeaseLog has lines for all of 5,000 clients that boot at once, and few for made-up ones", () => {
  const clients = Array.from({ length: 5000 }, (_, i) => 0x525400000000 + i as MacAddress);
  const { send, events } = setUp(createLeaseTable(
    poolParameters({ cidr: parseCidr("10.0.0.0/16")! }),
    new Map(clients.map((mac, i) => [mac, ip("10.0.0.1") + i as Ipv4Address])),
  ));
  for (const mac of clients) send({ mac });
  const count = (event: string) => events().filter((each) => each.event === event).length;
  assert.deepEqual([count("DISCOVER"), count("OFFER")], [5000, 5000]);
  for (let i = 0; i < 5000; i++) send({ mac: 0x060000000000 + i as MacAddress });
  assert.equal(count("DISCOVER"), 6000);
});
