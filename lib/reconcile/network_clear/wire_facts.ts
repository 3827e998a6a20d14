/** What agents see on the wire of a pool, one fact for each host that is in the way. */

import type { AgentReport } from "../agent_report.ts";

/** Why a network is not clear, the gravest first: reasons of the condition, and of Events. */
export const NETWORK_FAULTS = [
  ...["ServerAddressInUse", "OtherServer", "AddressConflict", "UnknownClients"] as const,
] as const;

/** One of {@link NETWORK_FAULTS}. */
export type NetworkFault = (typeof NETWORK_FAULTS)[number];

/** One thing that an agent saw. Its texts were checked when the report was read. */
export type WireFact =
  | { readonly kind: "claim"; readonly mac: string }
  | { readonly kind: "impostor"; readonly serverIdentifier: string; readonly mac: string }
  | ServerFact
  | ConflictFact
  | { readonly kind: "storm"; readonly clients: number };

/** A DHCP server beside the agents. */
export interface ServerFact {
  readonly kind: "server";
  readonly serverIdentifier: string;
  /** {@link NO_MAC} while it is not known. */
  readonly mac: string;
  /** Whether clients with a binding chose it. */
  readonly hasWon: boolean;
}

/** The MAC in a report of a host that was not seen itself. */
export const NO_MAC = "00:00:00:00:00:00";

/** An address that a host other than its client seems to use. */
export interface ConflictFact {
  readonly kind: "conflict";
  readonly how: "declined" | "arp";
  readonly address: string;
  readonly mac: string;
  readonly otherMac?: string;
}

/** A fact as one report has it. */
export interface ReportedFact {
  readonly fact: WireFact;
  /** How often, since the agent started; a rate is that of now. */
  readonly count: number;
  /** When last, by the clock of the agent; `undefined` for what holds now. */
  readonly lastTime: string | undefined;
}

/**
 * Requests a minute of unknown clients that are worth a word. Machines that another server is meant to
 * serve are no fault, and ask less than that.
 */
const STORM_PER_MINUTE = 1000;

/** What a report says of hosts that are in the way. */
export function factsOf(report: AgentReport): readonly ReportedFact[] {
  const { unknownClients: { clients, perMinute } } = report;
  const storm: ReportedFact = {
    fact: { kind: "storm", clients },
    count: perMinute,
    lastTime: undefined,
  };
  return [
    ...report.serverAddressClaims.map(({ mac, count, lastTime }): ReportedFact => (
      { fact: { kind: "claim", mac }, count, lastTime }
    )),
    ...report.impostors.map(({ serverIdentifier, mac, won, seen, lastTime }): ReportedFact => (
      { fact: { kind: "impostor", serverIdentifier, mac }, count: won + seen, lastTime }
    )),
    ...report.otherServers.map(({ serverIdentifier, mac, won, seen, lastTime }): ReportedFact => {
      const fact = { kind: "server" as const, serverIdentifier, mac, hasWon: won > 0 };
      return { fact, count: won + seen, lastTime };
    }),
    ...report.addressConflicts.map(({ count, lastTime, ...conflict }): ReportedFact => (
      { fact: { kind: "conflict", ...conflict }, count, lastTime }
    )),
    ...(perMinute < STORM_PER_MINUTE ? [] : [storm]),
  ];
}

/** The fault that a fact is a case of. */
export function faultOf({ kind }: WireFact): NetworkFault {
  switch (kind) {
    case "claim":
    case "impostor":
      return "ServerAddressInUse";
    case "server":
      return "OtherServer";
    case "conflict":
      return "AddressConflict";
    case "storm":
      return "UnknownClients";
  }
}

/** The same for the same host in the same matter, whichever agent tells of it. */
export function keyOfFact(fact: WireFact): string {
  switch (fact.kind) {
    case "claim":
      return `claim ${fact.mac}`;
    case "impostor":
    case "server":
      return `${fact.kind} ${fact.serverIdentifier} ${fact.mac}`;
    case "conflict":
      return `conflict ${fact.how} ${fact.address} ${fact.mac} ${fact.otherMac ?? ""}`;
    case "storm":
      return "storm";
  }
}
