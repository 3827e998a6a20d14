/**
 * DHCP on one interface, whatever happens to it. While the interface is missing, down or refused, the
 * server says so and tries again. It goes on by itself once the interface is back.
 */

import { messageOf } from "../base/errors.ts";
import { isJsonEqual } from "../base/json.ts";
import { formatIpv4Address } from "../net/ipv4_address.ts";
import { formatMacAddress } from "../net/mac_address.ts";
import type { AgentStatus } from "../reconcile/agent_status.ts";
import { ErrnoError, type NetworkInterface } from "../sys/contract.ts";
import { PortSession, type PortSessionOptions } from "./port_session.ts";
import type { AddressClaim } from "./server_address.ts";

/** Between attempts to open the interface. */
const RETRY_MS = 500;

const REASONS: Readonly<Record<string, string>> = {
  EPERM: "PermissionDenied",
  ENODEV: "InterfaceNotFound",
  ENETDOWN: "InterfaceDown",
};

/** Reasons that are no cause for a warning. */
const EXPECTED: readonly string[] = ["Serving", "Stopped"];

export interface DhcpServerOptions
  extends Omit<PortSessionOptions, "networkInterface" | "onClaim"> {
  readonly interfaceName: string;
  /** Called after each change of `status`. */
  readonly onStatusChange: () => void;
}

/** Serves one interface. */
export class DhcpServer {
  readonly #options: DhcpServerOptions;
  #status: AgentStatus = {
    ready: false,
    reason: "NotStarted",
    message: "the server has not started",
  };

  constructor(options: DhcpServerOptions) {
    this.#options = options;
  }

  /** Ready while the frames of the interface are received. */
  get status(): AgentStatus {
    return this.#status;
  }

  /** Serves until the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const obstacle = await this.#serve(signal);
      // Without an obstacle the interface has only changed, so it is opened again at once.
      if (signal.aborted || obstacle === undefined) continue;
      this.#setStatus(obstacle);
      await this.#options.clock.sleep(RETRY_MS, signal);
    }
    this.#setStatus({ ready: false, reason: "Stopped", message: "the server has stopped" });
  }

  /** @returns What prevented serving; `undefined` when the interface has only changed. */
  async #serve(signal: AbortSignal): Promise<AgentStatus | undefined> {
    const { interfaceName, network, clock, log, served, respondAt } = this.#options;
    let session: PortSession | undefined;
    try {
      const found = network.inspect(interfaceName);
      if (found?.up !== true) return obstacle(interfaceName, found);
      const onClaim = (claim?: AddressClaim) =>
        this.#setStatus(servingStatus(interfaceName, claim));
      const parts = { network, clock, log, served, respondAt };
      session = new PortSession({ ...parts, networkInterface: found, onClaim });
      this.#setStatus(servingStatus(interfaceName));
      await session.run(signal);
      log.log("info", "interface changed", { interface: interfaceName });
      return undefined;
    } catch (error) {
      return failure(error);
    } finally {
      session?.close();
    }
  }

  #setStatus(status: AgentStatus): void {
    if (isJsonEqual(status, this.#status)) return;
    this.#status = status;
    const { log, interfaceName, onStatusChange } = this.#options;
    log.log(EXPECTED.includes(status.reason) ? "info" : "warn", "interface status", {
      interface: interfaceName,
      reason: status.reason,
      message: status.message,
    });
    onStatusChange();
  }
}

function servingStatus(interfaceName: string, claim?: AddressClaim): AgentStatus {
  const serving = `serving on interface ${interfaceName}`;
  if (claim === undefined) return { ready: true, reason: "Serving", message: serving };
  const message = `${serving}, but ${formatMacAddress(claim.mac)} uses the server's address ` +
    `${formatIpv4Address(claim.address)} too: a replica of this agent that has just started, or ` +
    "a conflict, in which case give the pool a free serverIP or the host another address";
  return { ready: true, reason: "ServerAddressClaimed", message };
}

function obstacle(interfaceName: string, found: NetworkInterface | undefined): AgentStatus {
  return found === undefined
    ? {
      ready: false,
      reason: "InterfaceNotFound",
      message: `interface ${interfaceName} does not exist in this network namespace; it is ` +
        "served once it does (check the pod's network attachment and --nic)",
    }
    : {
      ready: false,
      reason: "InterfaceDown",
      message: `interface ${interfaceName} is down; it is served once it is up ` +
        `(ip link set ${interfaceName} up)`,
    };
}

function failure(error: unknown): AgentStatus {
  const code = error instanceof ErrnoError ? error.code : "";
  return {
    ready: false,
    reason: REASONS[code] ?? "InterfaceUnusable",
    message: messageOf(error),
  };
}
