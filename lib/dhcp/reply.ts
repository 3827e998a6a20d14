/** Decision to message: the fields and options of RFC 2131 table 3. */

import { UNSPECIFIED_IPV4 } from "../net/ipv4_address.ts";
import type { ClientRequest } from "./classify.ts";
import type { Decision, NakReason } from "./decide.ts";
import type { PoolParameters } from "./lease.ts";
import {
  BROADCAST_FLAG,
  type DhcpOption,
  type MessageType,
  messageTypeCode,
  type ReplyMessage,
} from "./message.ts";
import { OptionCode } from "./option_codes.ts";
import { encodeText, encodeUint32 } from "./option_values.ts";
import { type PoolOptions, poolOptionsOf } from "./pool_options.ts";
import { renewalTimesOf } from "./renewal_times.ts";

/** A decision that is answered. */
export type ReplyDecision = Exclude<Decision, { readonly kind: "ignore" }>;

/** Entries of a parameter request list that are looked at: as many as there are codes. */
const REQUEST_LIST_MAX = 255;

const OFFER_TYPE = messageTypeOption("OFFER");
const ACK_TYPE = messageTypeOption("ACK");
const NAK_TYPE = messageTypeOption("NAK");

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
  parameters: PoolParameters,
): ReplyMessage {
  const pool = poolOptionsOf(parameters);
  switch (decision.kind) {
    case "offer":
      return {
        ...copiedFields(request),
        yiaddr: decision.yiaddr,
        siaddr: parameters.serverIp,
        options: leaseOptions(OFFER_TYPE, request, { pool, parameters }),
      };
    case "ack":
      return {
        ...copiedFields(request),
        ciaddr: extendsLease(request) ? request.ciaddr : UNSPECIFIED_IPV4,
        yiaddr: decision.yiaddr,
        // Talos sends its renewals to `siaddr` and not to option 54.
        siaddr: parameters.serverIp,
        options: leaseOptions(ACK_TYPE, request, { pool, parameters }),
      };
    case "nak":
      return {
        ...copiedFields(request),
        options: [
          NAK_TYPE,
          pool.serverIdentifier,
          NAK_MESSAGES[decision.reason],
          ...echoedOptions(request),
        ],
      };
    default:
      return decision satisfies never;
  }
}

/** What every reply takes over from the request; all else is zero. */
function copiedFields({ message }: ClientRequest): Omit<ReplyMessage, "options"> {
  return {
    xid: message.xid,
    flags: message.flags & BROADCAST_FLAG,
    ciaddr: UNSPECIFIED_IPV4,
    yiaddr: UNSPECIFIED_IPV4,
    siaddr: UNSPECIFIED_IPV4,
    giaddr: message.giaddr,
    chaddr: message.chaddr,
  };
}

/** Only then is `ciaddr` an address that the client already uses and is reached at. */
function extendsLease({ kind }: ClientRequest): boolean {
  return kind === "renewing" || kind === "rebinding";
}

/**
 * Options of OFFER and ACK: the lease itself, what the client asked for in its order, what it gets
 * anyway, and the echoes, relay information last (RFC 3046 section 2.2).
 */
function leaseOptions(
  type: DhcpOption,
  request: ClientRequest,
  { pool, parameters }: { readonly pool: PoolOptions; readonly parameters: PoolParameters },
): readonly DhcpOption[] {
  const options: DhcpOption[] = [type, pool.serverIdentifier, pool.ipAddressLeaseTime];
  const times = renewalTimesOf(parameters.leaseSeconds, request.mac);
  if (times !== undefined) {
    options.push(
      { code: OptionCode.renewalTime, value: encodeUint32(times.renewalSeconds) },
      { code: OptionCode.rebindingTime, value: encodeUint32(times.rebindingSeconds) },
    );
  }
  // In front of the client's own order, because it must precede the router (RFC 2132 section 3.3).
  options.push(pool.subnetMask, ...requestedOptions(request, pool), ...echoedOptions(request));
  return options;
}

/** Configured options in the client's order of preference (RFC 2132 section 9.8), each once. */
function requestedOptions(request: ClientRequest, pool: PoolOptions): readonly DhcpOption[] {
  const list = request.message.options.get(OptionCode.parameterRequestList);
  if (list === undefined || list.length === 0) return pool.configured;
  const chosen: DhcpOption[] = [];
  const entries = Math.min(list.length, REQUEST_LIST_MAX);
  for (let i = 0; i < entries; i++) {
    for (const option of pool.configured) {
      if (option.code === list[i] && !chosen.includes(option)) chosen.push(option);
    }
  }
  for (const option of pool.always) {
    if (!chosen.includes(option)) chosen.push(option);
  }
  return chosen;
}

/** Client identifier (RFC 6842) and relay information (RFC 3046) go back as they came. */
function echoedOptions({ message }: ClientRequest): readonly DhcpOption[] {
  const echoes: DhcpOption[] = [];
  for (const code of [OptionCode.clientIdentifier, OptionCode.relayAgentInformation]) {
    const value = message.options.get(code);
    if (value !== undefined && value.length > 0) echoes.push({ code, value });
  }
  return echoes;
}

function messageTypeOption(type: MessageType): DhcpOption {
  return { code: OptionCode.messageType, value: Uint8Array.of(messageTypeCode(type)) };
}

function messageOption(text: string): DhcpOption {
  return { code: OptionCode.message, value: encodeText(text) };
}
