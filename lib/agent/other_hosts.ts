/** Other hosts of the segment that are in the way: each is named in the log once. */

import { otherServerOf } from "../dhcpv4/answer/other_server.ts";
import { formatIpv4Address, type Ipv4Address } from "../net/ipv4_address.ts";
import { formatMacAddress, type MacAddress } from "../net/mac_address.ts";
import type { Logger } from "../observe/logger.ts";
import type { ReceivedFrame } from "../net/ethernet.ts";
import type { AgentMetrics } from "./agent_metrics.ts";

/** Servers that are named in the log: a host that makes up more of them cannot fill it. */
const NAMED_SERVERS_MAX = 16;

/** Clients that are named in the log: a host that forges their declines cannot fill it. */
const NAMED_CLIENTS_MAX = 256;

/** DHCP servers that do not belong to the pool. */
export class OtherServers {
  readonly #metrics: AgentMetrics;
  readonly #log: Logger;
  readonly #named = new Set<MacAddress>();

  constructor(metrics: AgentMetrics, log: Logger) {
    this.#metrics = metrics;
    this.#log = log;
  }

  /** Looks at a frame that is no request. @param serverIp Our own address. */
  see(frame: ReceivedFrame, serverIp: Ipv4Address): void {
    const server = otherServerOf(frame, serverIp);
    if (server === undefined) return;
    this.#metrics.otherServerReply();
    if (this.#named.has(server.mac) || this.#named.size >= NAMED_SERVERS_MAX) return;
    this.#named.add(server.mac);
    this.#log.log("warn", "another DHCP server answers on this network", {
      server: formatIpv4Address(server.serverIdentifier),
      mac: formatMacAddress(server.mac),
    });
  }
}

/** Hosts that use the address of a client, which therefore declines it. */
export class AddressConflicts {
  readonly #log: Logger;
  readonly #named = new Map<MacAddress, Ipv4Address>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Notes that a client declined the address that is bound to it. */
  note(mac: MacAddress, address: Ipv4Address): void {
    const isKnown = this.#named.get(mac) === address;
    if (isKnown || (!this.#named.has(mac) && this.#named.size >= NAMED_CLIENTS_MAX)) return;
    this.#named.set(mac, address);
    this.#log.log("warn", "a client found its address in use by another host", {
      address: formatIpv4Address(address),
      mac: formatMacAddress(mac),
    });
  }
}
