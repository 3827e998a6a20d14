/** One packet through the stages of the engine, each as text. */

import { type Answer, type AnswerContext, answerFrame } from "../answer.ts";
import { linkOf } from "../answer/client_link.ts";
import { classify, type ClientRequest } from "../answer/classify.ts";
import { decide, type Decision } from "../answer/decide.ts";
import { screenMessage } from "../answer/screen.ts";
import { decodeMessage } from "../wire/decode.ts";
import { describePayload, hexOf } from "./describe.ts";
import { describeBoot } from "./describe_boot.ts";
import { decodeUdpFrame, type UdpFrame } from "../../net/frame.ts";
import { formatIpv4Address } from "../../net/ipv4_address.ts";
import { formatMacAddress, macAddressFromBytes } from "../../net/mac_address.ts";

const OCTETS_PER_LINE = 16;

/**
 * Traces a frame: octets, datagram, message, client, decision, replies with their destinations.
 *
 * @param checksumReady False for a frame whose UDP checksum was still to be filled in.
 *
 * @example
 * ```ts
 * import { match } from "node:assert/strict";
 * import { answerContext } from "../../../tests/support/dhcp/dhcp_requests.ts";
 * match(traceFrame(new Uint8Array(9), answerContext()), /outcome\n  frameTooShort$/);
 * ```
 */
export function traceFrame(
  bytes: Uint8Array,
  context: AnswerContext,
  checksumReady = true,
): string {
  const answer = answerFrame({ bytes, packetType: 0, checksumReady }, context);
  const datagram = decodeUdpFrame(bytes, checksumReady);
  const sections: [title: string, text: string][] = [["frame", describeOctets(bytes)]];
  if (datagram.ok) {
    sections.push(["datagram", describeDatagram(datagram)]);
    sections.push(["message", describePayload(datagram.payload)]);
    // A packet that was refused before it was classified has no client and no decision.
    const request = answer.mac && requestOf(datagram, context);
    if (request !== undefined) {
      sections.push(["client", describeClient(request, context)]);
      sections.push(["decision", describeDecision(decide(request, context.table))]);
      const { boot } = context.table.parameters;
      if (boot !== undefined) sections.push(["boot", describeBoot(request.message, boot)]);
    }
  }
  sections.push(["outcome", answer.outcome]);
  const leftOut = answer.leftOut.map(({ code, value }) => `option ${code}, ${value.length} octets`);
  if (leftOut.length > 0) sections.push(["left out, as the reply has no room", leftOut.join("\n")]);
  return [...sections, ...replySections(answer)].map(formatSection).join("\n\n");
}

function replySections({ replies }: Answer): [title: string, text: string][] {
  return replies.map((reply, i) => {
    const datagram = decodeUdpFrame(reply, true);
    const text = datagram.ok
      ? `${describeDatagram(datagram)}\n${describePayload(datagram.payload)}`
      : `cannot be read: ${datagram.reason}`;
    return [`reply ${i + 1} of ${replies.length}`, text];
  });
}

function requestOf(frame: UdpFrame, context: AnswerContext): ClientRequest | undefined {
  const decoded = decodeMessage(frame.payload);
  if (!decoded.ok) return undefined;
  const { message } = decoded;
  const { parameters } = context.table;
  const mac = macAddressFromBytes(message.chaddr);
  if (screenMessage(message, mac, context) !== undefined) return undefined;
  const link = linkOf(message, { frame, mac }, parameters);
  if (!link.ok) return undefined;
  return classify(message, { frame, mac, link, serverIp: parameters.serverIp });
}

function describeOctets(bytes: Uint8Array): string {
  const lines = [`${bytes.length} octets`];
  for (let at = 0; at < bytes.length; at += OCTETS_PER_LINE) {
    const octets = Array.from(bytes.subarray(at, at + OCTETS_PER_LINE), (octet) => hexOf(octet, 2));
    lines.push(`${hexOf(at, 4)}  ${octets.join(" ")}`);
  }
  return lines.join("\n");
}

function describeDatagram(frame: UdpFrame): string {
  const { ethernetSource, ethernetDestination, sourceIp, destinationIp, payload } = frame;
  return [
    `${formatMacAddress(ethernetSource)} -> ${formatMacAddress(ethernetDestination)}`,
    `${formatIpv4Address(sourceIp)}:${frame.sourcePort} -> ` +
    `${formatIpv4Address(destinationIp)}:${frame.destinationPort}, ${payload.length} octets`,
  ].join("\n");
}

function describeClient({ kind, mac, link }: ClientRequest, { table }: AnswerContext): string {
  const bound = table.addressOf(mac);
  const binding = bound === undefined ? "not bound" : `bound to ${formatIpv4Address(bound)}`;
  return `${formatMacAddress(mac)}, ${binding}, ${kind}${link.isRelayed ? ", relayed" : ""}`;
}

function describeDecision(decision: Decision): string {
  switch (decision.kind) {
    case "offer":
    case "ack":
      return `${decision.kind} ${formatIpv4Address(decision.yiaddr)}`;
    case "informAck":
      return `${decision.kind} for ${formatIpv4Address(decision.clientIp)}`;
    case "nak":
    case "ignore":
      return `${decision.kind}: ${decision.reason}`;
    default:
      return decision satisfies never;
  }
}

function formatSection([title, text]: readonly [string, string]): string {
  return `${title}\n${text.replaceAll(/^/gm, "  ")}`;
}
