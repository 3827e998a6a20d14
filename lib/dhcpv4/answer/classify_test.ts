import assert from "node:assert/strict";
import {
  type ClientPacket,
  DECLINE,
  DISCOVER,
  INFORM,
  ip,
  M2,
  octets,
  RELEASE,
  REQUEST,
  SERVER_IP,
} from "../../../tests/support/dhcp/dhcp_packets.ts";
import { requestOf } from "../../../tests/support/dhcp/dhcp_requests.ts";
import { clientStateOf, type RequestKind } from "./classify.ts";

const OPTION_50 = [50, octets("192.0.2.10")] as const;
const OPTION_54 = [54, octets(SERVER_IP)] as const;
const OWN = "192.0.2.10";

Deno.test("classify() tells the states of RFC 2131 section 4.3.2 apart", () => {
  const cases: readonly (readonly [string, ClientPacket, RequestKind])[] = [
    ["a DISCOVER", { type: DISCOVER }, "discover"],
    ["a DISCOVER with 50 and 54", { options: [OPTION_50, OPTION_54] }, "discover"],
    ["54 and 50", { type: REQUEST, options: [OPTION_54, OPTION_50] }, "selecting"],
    ["54 alone", { type: REQUEST, options: [OPTION_54] }, "selecting"],
    ["54 and ciaddr", { type: REQUEST, options: [OPTION_54], ciaddr: OWN }, "selecting"],
    ["50 alone", { type: REQUEST, options: [OPTION_50] }, "initReboot"],
    ["50 of 0.0.0.0", { type: REQUEST, options: [[50, [0, 0, 0, 0]]] }, "initReboot"],
    ["50 goes before ciaddr", { type: REQUEST, options: [OPTION_50], ciaddr: OWN }, "initReboot"],
    ["ciaddr to us", { type: REQUEST, ciaddr: OWN, destinationIp: SERVER_IP }, "renewing"],
    ["ciaddr to all", { type: REQUEST, ciaddr: OWN }, "rebinding"],
    ["ciaddr to the subnet", {
      type: REQUEST,
      ciaddr: OWN,
      destinationIp: "192.0.2.255",
    }, "rebinding"],
    ["no address at all", { type: REQUEST }, "unaddressed"],
    ["a DECLINE", { type: DECLINE, options: [OPTION_54, OPTION_50] }, "decline"],
    ["a RELEASE", { type: RELEASE, ciaddr: OWN, options: [OPTION_54] }, "release"],
    ["an INFORM", { type: INFORM, ciaddr: OWN }, "inform"],
    ["an OFFER", { type: 2 }, "serverMessage"],
    ["an ACK", { type: 5 }, "serverMessage"],
    ["a NAK", { type: 6 }, "serverMessage"],
  ];
  for (const [name, packet, want] of cases) assert.equal(requestOf(packet).kind, want, name);
});

Deno.test("classify() takes client and addresses out of the message", () => {
  const request = requestOf({ type: REQUEST, mac: M2, options: [OPTION_50, OPTION_54] });
  assert.equal(request.mac, M2);
  assert.equal(request.requestedIpAddress, ip("192.0.2.10"));
  assert.equal(request.serverIdentifier, ip(SERVER_IP));
  const renewal = requestOf({ type: REQUEST, ciaddr: OWN });
  assert.equal(renewal.ciaddr, ip(OWN));
  assert.equal(renewal.requestedIpAddress, undefined);
  assert.equal(renewal.serverIdentifier, undefined);
});

Deno.test("classify() ignores ciaddr when option 50 is there", () => {
  const request = requestOf({ type: REQUEST, options: [OPTION_50], ciaddr: "192.0.2.99" });
  assert.equal(request.ciaddr, 0);
});

Deno.test("clientStateOf() names the four states and nothing else", () => {
  for (const kind of ["selecting", "initReboot", "renewing", "rebinding"] as const) {
    assert.equal(clientStateOf(kind), kind);
  }
  for (const kind of ["discover", "unaddressed", "decline", "release", "inform"] as const) {
    assert.equal(clientStateOf(kind), undefined, kind);
  }
});
