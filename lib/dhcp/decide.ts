/**
 * The decision table: request and bindings in, what to answer out (RFC 2131 sections 4.3.1 and
 * 4.3.2). Nothing is allocated here; an address is the client's when the record says so.
 */

import { cidrContains } from "../net/cidr.ts";
import { type Ipv4Address, UNSPECIFIED_IPV4 } from "../net/ipv4_address.ts";
import type { ClientRequest, RequestKind } from "./classify.ts";
import type { LeaseTable } from "./lease.ts";

/** Why a client has to start over. */
export type NakReason = "notBoundToClient" | "boundToAnotherClient" | "noBinding";

/** Why a well-formed request gets silence; fit for a metric label. */
export type IgnoreReason =
  | "paused"
  | "unknownMac"
  | "otherServer"
  | "noAddress"
  | "declineIgnored"
  | "releaseIgnored"
  | "informIgnored"
  | "serverMessage";

/** What to answer. */
export type Decision =
  | { readonly kind: "offer"; readonly yiaddr: Ipv4Address }
  | { readonly kind: "ack"; readonly yiaddr: Ipv4Address }
  | { readonly kind: "nak"; readonly reason: NakReason }
  | { readonly kind: "ignore"; readonly reason: IgnoreReason };

type Rule = (request: ClientRequest, table: LeaseTable) => Decision;

const RULES: Readonly<Record<RequestKind, Rule>> = {
  discover: decideDiscover,
  selecting: decideSelecting,
  initReboot: decideInitReboot,
  renewing: decideExtension,
  rebinding: decideExtension,
  unaddressed: () => ignore("noAddress"),
  decline: () => ignore("declineIgnored"),
  release: () => ignore("releaseIgnored"),
  inform: () => ignore("informIgnored"),
  serverMessage: () => ignore("serverMessage"),
};

/** Looks the request up in the decision table. A paused pool answers nobody. */
export function decide(request: ClientRequest, table: LeaseTable): Decision {
  return table.paused ? ignore("paused") : RULES[request.kind](request, table);
}

/** What the client hints at (option 50, `ciaddr`) does not matter: its address is recorded. */
function decideDiscover(request: ClientRequest, table: LeaseTable): Decision {
  if (isForOtherServer(request, table)) return ignore("otherServer");
  const bound = table.addressOf(request.mac);
  return bound === undefined ? ignore("unknownMac") : { kind: "offer", yiaddr: bound };
}

/** The client took an offer; one without a binding took ours, and it was withdrawn since. */
function decideSelecting(request: ClientRequest, table: LeaseTable): Decision {
  if (isForOtherServer(request, table)) return ignore("otherServer");
  const bound = table.addressOf(request.mac);
  if (bound === undefined) return { kind: "nak", reason: "noBinding" };
  // Some boot firmware leaves option 50 out and puts the address into `ciaddr` or nowhere.
  const wanted = request.requestedIpAddress ?? request.ciaddr;
  const namesNone = request.requestedIpAddress === undefined && wanted === UNSPECIFIED_IPV4;
  return namesNone ? { kind: "ack", yiaddr: bound } : ackOrNak(wanted, bound);
}

/** The client remembers an address from an earlier boot. */
function decideInitReboot(request: ClientRequest, table: LeaseTable): Decision {
  const wanted = request.requestedIpAddress ?? UNSPECIFIED_IPV4;
  const bound = table.addressOf(request.mac);
  if (bound !== undefined) return ackOrNak(wanted, bound);
  return cidrContains(table.parameters.cidr, wanted)
    ? decideForUnknown(wanted, table)
    : ignore("unknownMac");
}

/** The client uses an address and wants to keep it. */
function decideExtension(request: ClientRequest, table: LeaseTable): Decision {
  const bound = table.addressOf(request.mac);
  if (bound !== undefined) return ackOrNak(request.ciaddr, bound);
  return decideForUnknown(request.ciaddr, table);
}

/** Never an ACK of another address than the one asked for: clients disagree on what it means. */
function ackOrNak(wanted: Ipv4Address, bound: Ipv4Address): Decision {
  return wanted === bound
    ? { kind: "ack", yiaddr: bound }
    : { kind: "nak", reason: "notBoundToClient" };
}

/**
 * A server without a record of the client must stay silent, for the client may belong to another
 * server (RFC 2131 section 4.3.2), unless it uses an address that is another client's here.
 */
function decideForUnknown(wanted: Ipv4Address, table: LeaseTable): Decision {
  return table.ownerOf(wanted) === undefined
    ? ignore("unknownMac")
    : { kind: "nak", reason: "boundToAnotherClient" };
}

function isForOtherServer(request: ClientRequest, table: LeaseTable): boolean {
  return request.serverIdentifier !== undefined &&
    request.serverIdentifier !== table.parameters.serverIp;
}

function ignore(reason: IgnoreReason): Decision {
  return { kind: "ignore", reason };
}
