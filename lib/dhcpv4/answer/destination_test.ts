import assert from "node:assert/strict";
import {
  type ClientPacket,
  INFORM,
  ip,
  leaseTable,
  M1,
  mac,
  octets,
  poolParameters,
  REQUEST,
  SERVER_IP,
} from "../../../tests/support/dhcp/dhcp_packets.ts";
import { requestOf } from "../../../tests/support/dhcp/dhcp_requests.ts";
import { formatIpv4Address } from "../../net/ipv4_address.ts";
import { formatMacAddress } from "../../net/mac_address.ts";
import { destinationsOf } from "./destination.ts";
import { composeReply, type ReplyDecision } from "./reply.ts";

const ROUTER_MAC = mac("02:00:00:00:00:01");
const OFFER: ReplyDecision = { kind: "offer", yiaddr: ip("192.0.2.10") };
const ACK: ReplyDecision = { kind: "ack", yiaddr: ip("192.0.2.10") };
const NAK: ReplyDecision = { kind: "nak", reason: "notBoundToClient" };
const EVERYBODY = "255.255.255.255:68 ff:ff:ff:ff:ff:ff";
const M1_TEXT = formatMacAddress(M1);

function destinations(decision: ReplyDecision, packet: ClientPacket): string[] {
  const parameters = poolParameters();
  const request = requestOf(packet);
  const reply = composeReply(decision, request, leaseTable(parameters));
  return destinationsOf(decision, reply, { request, parameters })
    .map(({ ip, port, mac }) => `${formatIpv4Address(ip)}:${port} ${formatMacAddress(mac)}`);
}

function assertDestinations(
  rows: readonly (readonly [string, ReplyDecision, ClientPacket, readonly string[]])[],
): void {
  for (const [name, decision, packet, want] of rows) {
    assert.deepEqual(destinations(decision, packet), want, name);
  }
}

Deno.test("destinationsOf() sends to the new address of a client without one", () => {
  const selecting: ClientPacket = { type: REQUEST, options: [[54, octets(SERVER_IP)]] };
  const direct = [`192.0.2.10:68 ${M1_TEXT}`];
  assertDestinations([
    ["OFFER", OFFER, {}, direct],
    ["OFFER, ciaddr is a hint", OFFER, { ciaddr: "192.0.2.99" }, direct],
    ["OFFER, other bits of flags", OFFER, { flags: 0x7fff }, direct],
    ["OFFER, other Ethernet source", OFFER, { ethernetSource: ROUTER_MAC }, direct],
    ["ACK, SELECTING", ACK, selecting, direct],
    ["ACK, INIT-REBOOT", ACK, { type: REQUEST, options: [[50, octets("192.0.2.10")]] }, direct],
    ["OFFER, broadcast flag", OFFER, { flags: 0x8000 }, [EVERYBODY]],
    ["ACK, broadcast flag", ACK, { ...selecting, flags: 0x8000 }, [EVERYBODY]],
  ]);
});

Deno.test("destinationsOf() sends to the address that a client keeps, the way it came", () => {
  const renewal: ClientPacket = { type: REQUEST, ciaddr: "192.0.2.10", destinationIp: SERVER_IP };
  assertDestinations([
    ["RENEWING", ACK, renewal, [`192.0.2.10:68 ${M1_TEXT}`]],
    ["RENEWING, broadcast flag", ACK, { ...renewal, flags: 0x8000 }, [`192.0.2.10:68 ${M1_TEXT}`]],
    ["through a router", ACK, { ...renewal, ethernetSource: ROUTER_MAC }, [
      "192.0.2.10:68 02:00:00:00:00:01",
    ]],
    ["REBINDING", ACK, { type: REQUEST, ciaddr: "192.0.2.10" }, [`192.0.2.10:68 ${M1_TEXT}`]],
  ]);
});

Deno.test("destinationsOf() broadcasts a NAK and sends a copy to a renewing client", () => {
  const renewal: ClientPacket = { type: REQUEST, ciaddr: "192.0.2.77", destinationIp: SERVER_IP };
  const rebooting: ClientPacket = { type: REQUEST, options: [[50, octets("192.0.2.77")]] };
  assertDestinations([
    ["INIT-REBOOT", NAK, rebooting, [EVERYBODY]],
    ["INIT-REBOOT by unicast", NAK, { ...rebooting, destinationIp: SERVER_IP }, [EVERYBODY]],
    ["REBINDING", NAK, { type: REQUEST, ciaddr: "192.0.2.77" }, [EVERYBODY]],
    ["RENEWING", NAK, renewal, [EVERYBODY, `192.0.2.77:68 ${M1_TEXT}`]],
    ["RENEWING through a router", NAK, { ...renewal, ethernetSource: ROUTER_MAC }, [
      EVERYBODY,
      "192.0.2.77:68 02:00:00:00:00:01",
    ]],
  ]);
});

Deno.test("destinationsOf() sends the answer to an INFORM to the address that the client has", () => {
  const informAck: ReplyDecision = { kind: "informAck", clientIp: ip("192.0.2.200") };
  const inform: ClientPacket = { type: INFORM, ciaddr: "192.0.2.200" };
  assertDestinations([
    ["ciaddr", informAck, inform, [`192.0.2.200:68 ${M1_TEXT}`]],
    ["source", informAck, { type: INFORM, sourceIp: "192.0.2.200" }, [`192.0.2.200:68 ${M1_TEXT}`]],
    ["broadcast flag", informAck, { ...inform, flags: 0x8000 }, [`192.0.2.200:68 ${M1_TEXT}`]],
    ["other Ethernet source", informAck, { ...inform, ethernetSource: ROUTER_MAC }, [
      "192.0.2.200:68 02:00:00:00:00:01",
    ]],
  ]);
});

Deno.test("destinationsOf() sends all that was relayed back to the relay agent, once", () => {
  const relayed: ClientPacket = {
    giaddr: "192.0.2.7",
    sourceIp: "192.0.2.7",
    destinationIp: SERVER_IP,
    ethernetSource: ROUTER_MAC,
    hops: 1,
  };
  const back = ["192.0.2.7:67 02:00:00:00:00:01"];
  const informAck: ReplyDecision = { kind: "informAck", clientIp: ip("0.0.0.0") };
  const port: ClientPacket = { ...relayed, sourcePort: 1067, options: [[82, [19, 0]]] };
  assertDestinations([
    ["OFFER", OFFER, relayed, back],
    ["OFFER, broadcast flag", OFFER, { ...relayed, flags: 0x8000 }, back],
    ["ACK, REBINDING", ACK, { ...relayed, type: REQUEST, ciaddr: "192.0.2.10" }, back],
    ["NAK", NAK, { ...relayed, type: REQUEST, ciaddr: "192.0.2.77" }, back],
    ["INFORM", informAck, { ...relayed, type: INFORM }, back],
    ["another port without asking", OFFER, { ...relayed, sourcePort: 1067 }, back],
    ["another port by sub-option 19", OFFER, port, ["192.0.2.7:1067 02:00:00:00:00:01"]],
    ["the same from its other address", OFFER, { ...port, sourceIp: "192.0.2.8" }, [
      "192.0.2.7:1067 02:00:00:00:00:01",
    ]],
  ]);
});

Deno.test("destinationsOf() never sends a NAK to an address that no client can have", () => {
  const addresses = [SERVER_IP, "192.0.2.1", "192.0.2.0", "192.0.2.255", "127.0.0.1", "0.0.0.1"];
  for (const ciaddr of [...addresses, "224.0.0.1", "240.0.0.1", "255.255.255.255"]) {
    const packet: ClientPacket = { type: REQUEST, ciaddr, destinationIp: SERVER_IP };
    assert.deepEqual(destinations(NAK, packet), [EVERYBODY], ciaddr);
  }
});
