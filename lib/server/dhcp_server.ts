/**
 * DHCP on one interface, whatever happens to it: while it is missing, down or refused the server
 * says so and tries again, and it goes on by itself when the interface is back.
 */

import type { LeaseTable } from "../dhcp/lease.ts";
import { ErrnoError, type NetworkInterface } from "../sys/contract.ts";
import { type AgentStatus, isSameStatus } from "./agent_status.ts";
import { DhcpSession, type DhcpSessionOptions } from "./dhcp_session.ts";

/** Between attempts to open the interface. */
const RETRY_MS = 500;

const REASONS: Readonly<Record<string, string>> = {
  EPERM: "PermissionDenied",
  ENODEV: "InterfaceNotFound",
  ENETDOWN: "InterfaceDown",
};

export interface DhcpServerOptions extends DhcpSessionOptions {
  readonly interfaceName: string;
  /** Called after each change of `status`. */
  readonly onStatusChange: () => void;
}

/** Serves one interface; silent until a table is set. */
export class DhcpServer {
  readonly #options: DhcpServerOptions;
  #table: LeaseTable | undefined;
  #session: DhcpSession | undefined;
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

  /** Answers from this table from the next packet on. @param table `undefined` for silence. */
  setTable(table: LeaseTable | undefined): void {
    this.#table = table;
    this.#session?.setTable(table);
  }

  /** Serves until the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const ended = await this.#serve(signal);
      if (signal.aborted) break;
      this.#setStatus(ended);
      await this.#options.clock.sleep(RETRY_MS, signal);
    }
    this.#setStatus({ ready: false, reason: "Stopped", message: "the server has stopped" });
  }

  /** @returns Why serving ended. */
  async #serve(signal: AbortSignal): Promise<AgentStatus> {
    const { network, interfaceName } = this.#options;
    try {
      const found = network.inspect(interfaceName);
      if (found?.up !== true) return obstacle(interfaceName, found);
      this.#session = new DhcpSession(found, this.#options);
      this.#session.setTable(this.#table);
      this.#setStatus({
        ready: true,
        reason: "Serving",
        message: `serving on interface ${interfaceName}`,
      });
      await this.#session.run(signal);
      return {
        ready: false,
        reason: "InterfaceChanged",
        message: `interface ${interfaceName} changed; opening it again`,
      };
    } catch (error) {
      return failure(error);
    } finally {
      this.#session?.close();
      this.#session = undefined;
    }
  }

  #setStatus(status: AgentStatus): void {
    if (isSameStatus(status, this.#status)) return;
    this.#status = status;
    const { log, interfaceName, onStatusChange } = this.#options;
    log.log(status.ready || status.reason === "Stopped" ? "info" : "warn", "interface status", {
      interface: interfaceName,
      reason: status.reason,
      message: status.message,
    });
    onStatusChange();
  }
}

function obstacle(interfaceName: string, found: NetworkInterface | undefined): AgentStatus {
  return found === undefined
    ? {
      ready: false,
      reason: "InterfaceNotFound",
      message: `interface ${interfaceName} does not exist here; waiting for it`,
    }
    : {
      ready: false,
      reason: "InterfaceDown",
      message: `interface ${interfaceName} is down; waiting for it ` +
        `(ip link set ${interfaceName} up)`,
    };
}

function failure(error: unknown): AgentStatus {
  const code = error instanceof ErrnoError ? error.code : "";
  return {
    ready: false,
    reason: REASONS[code] ?? "InterfaceUnusable",
    message: error instanceof Error ? error.message : String(error),
  };
}
