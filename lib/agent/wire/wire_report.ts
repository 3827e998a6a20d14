/** What was seen of other hosts, as the report has it. */

import type { SeenHost } from "../../dhcpv4/guard/seen_hosts.ts";
import type { LeaseTable } from "../../dhcpv4/lease.ts";
import { formatIpv4Address, type Ipv4Address } from "../../net/ipv4_address.ts";
import { formatMacAddress, type MacAddress } from "../../net/mac_address.ts";
import {
  type AddressConflict,
  type AgentReport,
  REPORTED_HOSTS_MAX,
  type ReportedServer,
} from "../../reconcile/agent_report.ts";
import type { OtherHosts } from "./other_hosts.ts";

/** The part of a report that comes from the wire. */
export type WireReport = Pick<
  AgentReport,
  | "macAddress"
  | "addressConflicts"
  | "otherServers"
  | "impostors"
  | "serverAddressClaims"
  | "unknownClients"
>;

/** Writes a time of the agent's clock. */
type Show = (atMs: number) => string;

/** The lists of hosts. @param table Has the clients of the addresses. */
export function wireReportOf(
  hosts: OtherHosts,
  table: LeaseTable | undefined,
  show: Show,
): Omit<WireReport, "unknownClients"> {
  return {
    addressConflicts: conflictsOf(hosts, table, show),
    otherServers: otherServersOf(hosts, show),
    impostors: hosts.of("impostor").map((host) => serverOf(host, 0, show)),
    serverAddressClaims: hosts.of("intruder")
      .filter(({ address }) => address === table?.parameters.serverIp)
      .map(({ mac, count, lastMs }) => ({
        mac: formatMacAddress(mac),
        count,
        lastTime: show(lastMs),
      })),
  };
}

function conflictsOf(
  hosts: OtherHosts,
  table: LeaseTable | undefined,
  show: Show,
): readonly AddressConflict[] {
  const found = (["conflict", "forger", "squatter"] as const).flatMap((kind) =>
    hosts.of(kind).map((host) => ({ ...host, kind }))
  );
  return latest(found).flatMap(({ kind, mac, address, count, lastMs }) => {
    const owner = table?.ownerOf(address as Ipv4Address);
    // The binding is gone, or it is another client's, whose address it may be by right.
    if (owner === undefined || (kind === "conflict") !== (owner === mac)) return [];
    return [{
      address: formatIpv4Address(address as Ipv4Address),
      mac: formatMacAddress(owner),
      ...(kind === "conflict" ? {} : { otherMac: formatMacAddress(mac) }),
      how: kind === "squatter" ? "arp" as const : "declined" as const,
      count,
      lastTime: show(lastMs),
    }];
  });
}

/** Servers whose replies were seen, each with how often it was chosen, and those that were chosen only. */
function otherServersOf(hosts: OtherHosts, show: Show): readonly ReportedServer[] {
  const chosen = new Map(hosts.of("winner").map((host) => [host.address, host]));
  const servers = hosts.of("server").map((host) => {
    const choice = chosen.get(host.address);
    // Of several that call themselves by one address, nobody knows which was meant.
    chosen.delete(host.address);
    const lastMs = Math.max(host.lastMs, choice?.lastMs ?? 0);
    return { ...host, lastMs, won: choice?.count ?? 0 };
  });
  const unseen = [...chosen.values()].map((choice) => ({
    ...choice,
    mac: hosts.neighbourAt(choice.address as Ipv4Address) ?? 0 as MacAddress,
    count: 0,
    won: choice.count,
  }));
  // What a client has chosen matters more than what was only offered.
  const all = [...unseen, ...servers].sort((a, b) => Number(b.won > 0) - Number(a.won > 0));
  return latest(all.slice(0, REPORTED_HOSTS_MAX)).map((host) => serverOf(host, host.won, show));
}

function serverOf({ mac, address, count, lastMs }: SeenHost, won: number, show: Show) {
  return {
    serverIdentifier: formatIpv4Address(address as Ipv4Address),
    mac: formatMacAddress(mac),
    won,
    seen: count,
    lastTime: show(lastMs),
  };
}

/** Those that were seen last. */
function latest<H extends SeenHost>(hosts: readonly H[]): readonly H[] {
  return [...hosts].sort((a, b) => b.lastMs - a.lastMs).slice(0, REPORTED_HOSTS_MAX);
}
