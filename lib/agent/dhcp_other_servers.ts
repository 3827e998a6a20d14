/** DHCP servers on the segment that are none of this pool: counted, and named once each. */

import { otherServerOf } from "../dhcpv4/answer/other_server.ts";
import { formatIpv4Address, type Ipv4Address } from "../net/ipv4_address.ts";
import { formatMacAddress, type MacAddress } from "../net/mac_address.ts";
import type { Logger } from "../observe/logger.ts";
import type { ReceivedFrame } from "../net/ethernet.ts";
import type { AgentMetrics } from "./agent_metrics.ts";

/** Servers that are named in the log; whoever makes up more cannot fill it. */
const NAMED_MAX = 16;

/** The other servers of one segment. */
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
    if (this.#named.has(server.mac) || this.#named.size >= NAMED_MAX) return;
    this.#named.add(server.mac);
    this.#log.log("warn", "another DHCP server answers on this network", {
      server: formatIpv4Address(server.serverIdentifier),
      mac: formatMacAddress(server.mac),
    });
  }
}
