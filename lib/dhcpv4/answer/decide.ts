/**
 * The decision table: request and bindings in, what to answer out (RFC 2131 sections 4.3.1 and
 * 4.3.2). Nothing is allocated here; an address is the client's when the record says so.
 */

import { cidrContains } from "../../net/cidr.ts";
import { type Ipv4Address, UNSPECIFIED_IPV4 } from "../../net/ipv4_address.ts";
import type { ClientRequest, RequestKind } from "./classify.ts";
import { isHostAddress } from "./host_address.ts";
import type { LeaseTable } from "../lease.ts";
import { OptionCode } from "../options/registry.ts";

/** Why a client has to start over. */
export type NakReason = "notBoundToClient" | "boundToAnotherClient" | "noBinding";

/**
 * Why a well-formed request gets silence; fit for a metric label. `declined` and `released` are
 * news of the client's own binding, which stays as it is: only the record ends a binding.
 */
export type IgnoreReason =
  | "paused"
  | "unknownMac"
  | "otherServer"
  | "noAddress"
  | "declined"
  | "declineIgnored"
  | "released"
  | "releaseIgnored"
  | "informIgnored"
  | "serverMessage"
  /** A NAK would be due, but whoever asked may not be the client: see {@link withholdNak}. */
  | "nakWithheld";

/** What to answer. */
export type Decision =
  | { readonly kind: "offer"; readonly yiaddr: Ipv4Address }
  | { readonly kind: "ack"; readonly yiaddr: Ipv4Address }
  /** Options for a client that has an address from elsewhere; `0.0.0.0` when only a relay knows it. */
  | { readonly kind: "informAck"; readonly clientIp: Ipv4Address }
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
  decline: decideDecline,
  release: decideRelease,
  inform: decideInform,
  serverMessage: () => ignore("serverMessage"),
};

/** Looks the request up in the decision table. A paused pool does not answer. */
export function decide(request: ClientRequest, table: LeaseTable): Decision {
  if (table.paused) return ignore("paused");
  const decision = RULES[request.kind](request, table);
  return decision.kind === "nak" ? withholdNak(decision, request, table) : decision;
}

/**
 * A NAK is the one answer that takes something away: the client that it names drops its lease and
 * starts over, provided it has the `xid` of what the client waits for. That is no secret, for DISCOVER
 * and REQUEST are broadcast. So a host that writes the `chaddr` and the `xid` of another one into a
 * REQUEST for a wrong address must not have the server refuse that client. A bridge forwards a
 * client's own message with the client's own Ethernet source, and a relay agent says so in `giaddr`.
 * What has another source is either forged or came by a router, as a renewal does from a client that
 * got its lease by a relay agent. That client asks again by its relay agent at T2 and is refused then.
 *
 * Where hosts can forge their Ethernet source as well, they can send the NAK themselves: against that
 * only the bridge helps. Behind a relay agent its own segment has to see to it.
 *
 * A table that may be outdated refuses nobody: another agent may have told the client its new address.
 */
function withholdNak(
  nak: Decision,
  { link, frame, mac }: ClientRequest,
  { parameters }: LeaseTable,
): Decision {
  if (parameters.mayBeOutdated === true) return ignore("nakWithheld");
  return link.isRelayed || frame.ethernetSource === mac ? nak : ignore("nakWithheld");
}

/** What the client hints at (option 50, `ciaddr`) does not matter: its address is recorded. */
function decideDiscover(request: ClientRequest, table: LeaseTable): Decision {
  if (isForOtherServer(request)) return ignore("otherServer");
  const bound = table.addressOf(request.mac);
  if (bound === undefined) return ignore("unknownMac");
  return { kind: wantsRapidCommit(request, table) ? "ack" : "offer", yiaddr: bound };
}

/** The client took an offer; one without a binding took ours, and it was withdrawn since. */
function decideSelecting(request: ClientRequest, table: LeaseTable): Decision {
  if (isForOtherServer(request)) return ignore("otherServer");
  const bound = table.addressOf(request.mac);
  if (bound === undefined) {
    // Another pool's agent may have offered it, by the same identifier.
    const mayBeTheirs = table.parameters.networkShared === true;
    return mayBeTheirs ? ignore("unknownMac") : { kind: "nak", reason: "noBinding" };
  }
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
  // The client may be told that no server knows it only where there is no other server.
  const { cidr, authoritative } = table.parameters;
  if (cidrContains(cidr, wanted)) return decideForUnknown(wanted, table);
  return authoritative === true ? { kind: "nak", reason: "noBinding" } : ignore("unknownMac");
}

/** The client uses an address and wants to keep it. */
function decideExtension(request: ClientRequest, table: LeaseTable): Decision {
  const bound = table.addressOf(request.mac);
  if (bound !== undefined) return ackOrNak(request.ciaddr, bound);
  // An address of another network may be in use there: the renewal may have come by a router.
  return cidrContains(table.parameters.cidr, request.ciaddr)
    ? decideForUnknown(request.ciaddr, table)
    : ignore("unknownMac");
}

/**
 * Another host answered ARP for the client's address. This is believed of the client's own address
 * only. Even then nothing is unbound: a forged DECLINE would take an address away from its owner.
 */
function decideDecline(request: ClientRequest, table: LeaseTable): Decision {
  const bound = table.addressOf(request.mac);
  const isOwn = bound !== undefined && request.requestedIpAddress === bound &&
    request.serverIdentifier === request.ownIdentifier;
  return ignore(isOwn ? "declined" : "declineIgnored");
}

/** The client shuts down. */
function decideRelease(request: ClientRequest, table: LeaseTable): Decision {
  const bound = table.addressOf(request.mac);
  const isOwn = bound !== undefined && request.ciaddr === bound && !isForOtherServer(request);
  return ignore(isOwn ? "released" : "releaseIgnored");
}

/**
 * The client has an address from any source and wants the options; there is no lease to check
 * (RFC 2131 section 4.3.5). Broadcast by an unknown client, it may be meant for another server.
 */
function decideInform(request: ClientRequest, table: LeaseTable): Decision {
  const { parameters } = table;
  const isUnknown = table.addressOf(request.mac) === undefined;
  if (isUnknown && request.frame.destinationIp !== parameters.serverIp) return ignore("unknownMac");
  const clientIp = informAddressOf(request);
  const isRelayedOnly = request.link.isRelayed && clientIp === UNSPECIFIED_IPV4;
  const isServed = isRelayedOnly ||
    (cidrContains(parameters.cidr, clientIp) && isHostAddress(clientIp, parameters));
  return isServed ? { kind: "informAck", clientIp } : ignore("informIgnored");
}

/** The source address of a relayed message is the relay's. */
function informAddressOf({ ciaddr, link, frame }: ClientRequest): Ipv4Address {
  return ciaddr === UNSPECIFIED_IPV4 && !link.isRelayed ? frame.sourceIp : ciaddr;
}

/** Never an ACK of another address than the one asked for: clients disagree on what it means. */
function ackOrNak(wanted: Ipv4Address, bound: Ipv4Address): Decision {
  return wanted === bound
    ? { kind: "ack", yiaddr: bound }
    : { kind: "nak", reason: "notBoundToClient" };
}

/**
 * A server without a record of the client must stay silent, for the client may belong to another
 * server (RFC 2131 section 4.3.2), unless it uses an address that is another client's here, or there
 * is no other server.
 *
 * @param wanted An address of this network.
 */
function decideForUnknown(wanted: Ipv4Address, table: LeaseTable): Decision {
  if (table.ownerOf(wanted) !== undefined) return { kind: "nak", reason: "boundToAnotherClient" };
  return table.parameters.authoritative === true
    ? { kind: "nak", reason: "noBinding" }
    : ignore("unknownMac");
}

function isForOtherServer({ serverIdentifier, ownIdentifier }: ClientRequest): boolean {
  return serverIdentifier !== undefined && serverIdentifier !== ownIdentifier;
}

function wantsRapidCommit({ message }: ClientRequest, { parameters }: LeaseTable): boolean {
  return parameters.rapidCommit === true &&
    message.options.lengthOf(OptionCode.rapidCommit) !== undefined;
}

function ignore(reason: IgnoreReason): Decision {
  return { kind: "ignore", reason };
}
