/** Decision to message: the fields and options of RFC 2131 table 3. */

import { UNSPECIFIED_IPV4 } from "../../net/ipv4_address.ts";
import { type BootReply, bootReplyOf } from "./boot.ts";
import type { ClientRequest } from "./classify.ts";
import type { Decision, NakReason } from "./decide.ts";
import type { LeaseTable } from "../lease.ts";
import { SECONDS } from "../options/numbers.ts";
import { encodeOption, OptionCode } from "../options/registry.ts";
import type { DhcpOption } from "../options/value_kind.ts";
import {
  BROADCAST_FLAG,
  type DhcpMessage,
  type ReplyMessage,
  type ReplyOption,
} from "../wire/message.ts";
import { renewalTimesOf } from "./renewal_times.ts";
import { pushRequestedOptions } from "./requested_options.ts";

/** A decision that is answered. */
export type ReplyDecision = Exclude<Decision, { readonly kind: "ignore" }>;

type NakDecision = Extract<Decision, { readonly kind: "nak" }>;
type LeaseDecision = Exclude<ReplyDecision, NakDecision>;

const OFFER_TYPE = encodeOption(OptionCode.messageType, "OFFER");
const ACK_TYPE = encodeOption(OptionCode.messageType, "ACK");
const NAK_TYPE = encodeOption(OptionCode.messageType, "NAK");

/** The one option without a value (RFC 4039 section 4). */
const RAPID_COMMIT = encodeOption(OptionCode.rapidCommit, true);

const NO_FILE = new Uint8Array();

/** Option 56 for each reason. */
const NAK_MESSAGES: Readonly<Record<NakReason, DhcpOption>> = {
  notBoundToClient: messageOption("requested address is not bound to this client"),
  boundToAnotherClient: messageOption("requested address is bound to another client"),
  noBinding: messageOption("no address is bound to this client"),
};

/** Composes the reply to a request. */
export function composeReply(
  decision: ReplyDecision,
  request: ClientRequest,
  table: LeaseTable,
): ReplyMessage {
  return decision.kind === "nak"
    ? composeNak(decision, request)
    : composeLease(decision, request, table);
}

function composeLease(
  decision: LeaseDecision,
  request: ClientRequest,
  table: LeaseTable,
): ReplyMessage {
  const { message } = request;
  const { parameters } = table;
  const boot = bootReplyOf(message, parameters);
  // A relay agent that has no address to send it to can only broadcast it to the client.
  const mustBroadcast = decision.kind === "informAck" && decision.clientIp === UNSPECIFIED_IPV4;
  return {
    xid: message.xid,
    flags: mustBroadcast ? BROADCAST_FLAG : message.flags & BROADCAST_FLAG,
    ciaddr: usesItsAddress(request) ? request.ciaddr : UNSPECIFIED_IPV4,
    yiaddr: decision.kind === "informAck" ? UNSPECIFIED_IPV4 : decision.yiaddr,
    // Talos sends its renewals to `siaddr` and not to option 54.
    siaddr: boot?.siaddr ?? parameters.serverIp,
    giaddr: message.giaddr,
    chaddr: message.chaddr,
    file: boot?.file ?? NO_FILE,
    mayOverload: boot === undefined && readsOverload(message),
    options: leaseOptions(decision, request, { table, boot }),
  };
}

/**
 * Whether the client can be expected to look for options in `file` and `sname`. iPXE and other boot
 * firmware takes what is there for a boot file and a server, whatever option 52 says.
 */
function readsOverload({ options }: DhcpMessage): boolean {
  return (options.lengthOf(OptionCode.parameterRequestList) ?? 0) > 0 &&
    options.lengthOf(OptionCode.clientSystemArchitecture) === undefined &&
    options.lengthOf(OptionCode.ipxeOptions) === undefined;
}

function composeNak({ reason }: NakDecision, request: ClientRequest): ReplyMessage {
  const { message } = request;
  return {
    xid: message.xid,
    // The client has no address that a relay agent could send to (RFC 2131 section 4.3.2).
    flags: request.link.isRelayed ? BROADCAST_FLAG : message.flags & BROADCAST_FLAG,
    ciaddr: UNSPECIFIED_IPV4,
    yiaddr: UNSPECIFIED_IPV4,
    siaddr: UNSPECIFIED_IPV4,
    giaddr: message.giaddr,
    chaddr: message.chaddr,
    file: NO_FILE,
    mayOverload: false,
    options: nakOptions(reason, request),
  };
}

function nakOptions(reason: NakReason, request: ClientRequest): readonly ReplyOption[] {
  const options: ReplyOption[] = [
    NAK_TYPE,
    encodeOption(OptionCode.serverIdentifier, request.ownIdentifier),
    NAK_MESSAGES[reason],
  ];
  pushEcho(options, OptionCode.clientIdentifier, request);
  pushEcho(options, OptionCode.relayAgentInformation, request);
  return options;
}

/** Only then is `ciaddr` an address that the client is reached at. */
function usesItsAddress({ kind }: ClientRequest): boolean {
  return kind === "renewing" || kind === "rebinding" || kind === "inform";
}

/**
 * Options of OFFER and ACK: the lease itself, what the client asked for in its order, what it gets
 * anyway, and the echoes, relay information last (RFC 3046 section 2.2).
 */
function leaseOptions(
  decision: LeaseDecision,
  request: ClientRequest,
  { table, boot }: {
    readonly table: LeaseTable;
    readonly boot: BootReply | undefined;
  },
): readonly ReplyOption[] {
  const options: ReplyOption[] = [];
  pushHead(options, decision, { request, table });
  pushRequestedOptions(options, request, table);
  if (boot !== undefined) options.push(...boot.options);
  pushEcho(options, OptionCode.clientIdentifier, request);
  if (request.link.isSubnetSelected) pushEcho(options, OptionCode.subnetSelection, request);
  if (decision.kind === "ack" && request.kind === "discover") options.push(RAPID_COMMIT);
  pushEcho(options, OptionCode.relayAgentInformation, request);
  return options;
}

/** The type of the message, its server, and the lease if there is one. */
function pushHead(
  options: ReplyOption[],
  { kind }: LeaseDecision,
  { request, table }: { readonly request: ClientRequest; readonly table: LeaseTable },
): void {
  const { ownIdentifier, mac } = request;
  const { parameters, options: pool } = table;
  if (kind === "informAck") {
    return void options.push(ACK_TYPE, encodeOption(OptionCode.serverIdentifier, ownIdentifier));
  }
  if (ownIdentifier === parameters.serverIp) options.push(pool.leaseHeads[kind]);
  else {
    const type = kind === "offer" ? OFFER_TYPE : ACK_TYPE;
    options.push(
      type,
      encodeOption(OptionCode.serverIdentifier, ownIdentifier),
      pool.ipAddressLeaseTime,
    );
  }
  const times = renewalTimesOf(parameters.leaseSeconds, mac);
  if (times === undefined) return;
  // In every reply, and to look up the kind of their value takes longer than to write it.
  options.push(
    { code: OptionCode.renewalTime, value: SECONDS.encode(times.renewalSeconds) },
    { code: OptionCode.rebindingTime, value: SECONDS.encode(times.rebindingSeconds) },
  );
}

/**
 * An option that goes back as it came: client identifier (RFC 6842), subnet selection (RFC 3011)
 * and relay information (RFC 3046).
 */
function pushEcho(options: ReplyOption[], code: number, { message }: ClientRequest): void {
  const value = message.options.get(code);
  if (value !== undefined && value.length > 0) options.push({ code, value });
}

function messageOption(text: string): DhcpOption {
  return encodeOption(OptionCode.message, text);
}
