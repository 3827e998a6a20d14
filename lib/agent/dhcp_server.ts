/**
 * DHCP on one interface, whatever happens to it. While the interface is missing, down or refused, the
 * server says so and tries again. It goes on by itself once the interface is back.
 */

import { errorOf, messageOf } from "../base/errors.ts";
import { isJsonEqual } from "../base/json.ts";
import { formatIpv4Address } from "../net/ipv4_address.ts";
import { formatMacAddress } from "../net/mac_address.ts";
import type { AgentStatus } from "../reconcile/agent_status.ts";
import { ErrnoError, type NetworkInterface } from "../sys/contract.ts";
import { PortSession, type PortSessionOptions } from "./port_session.ts";
import type { AddressClaim } from "./server_address.ts";

/**
 * Between looks at the interface: whether it is there and up, its addresses, MTU, MAC and index; and at the
 * other agents of the pool.
 */
const LOOK_MS = 500;
/** Between looks at one of which the kernel says that nothing has changed. */
const UNCHANGED_LOOK_MS = 5000;
/**
 * Looks in a row that find a frame waiting, and none taken since the one before, until the loop counts as
 * stuck. They are counted and not timed: between two looks everything that waits has its turn, however
 * long the process was stopped and whatever its clock says.
 */
const NEGLECTED_LOOKS_MAX = 10;

const REASONS: Readonly<Record<string, string>> = {
  EPERM: "PermissionDenied",
  ENODEV: "InterfaceNotFound",
  ENETDOWN: "InterfaceDown",
};

const STUCK = "LoopStuck";

/** Reasons that are no cause for a warning. */
const EXPECTED: readonly string[] = ["Serving", "Stopped"];

export interface DhcpServerOptions
  extends Omit<PortSessionOptions, "networkInterface" | "onFailure"> {
  readonly interfaceName: string;
  /** Called after each change of `status`. */
  readonly onStatusChange: () => void;
  /** Called after each failure that is a bug of this program. */
  readonly onBug: () => void;
}

/** Serves one interface. */
export class DhcpServer {
  readonly #options: DhcpServerOptions;
  #session: PortSession | undefined;
  /** Ends with the session; `undefined` when none is open or about to be. */
  #answering: Promise<void> | undefined;
  #stopped = false;
  /** What the last look saw of `Network.changes()`; `undefined` when the next has to look closely. */
  #seenChanges: number | undefined;
  #lookedMs = 0;
  #neglectedLooks = 0;
  /** A trouble that did not end serving, and is told once. */
  #trouble: string | undefined;
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

  /** Why nothing but a restart helps; `undefined` while the frames that come are taken. */
  get fault(): string | undefined {
    return this.#status.reason === STUCK ? this.#status.message : undefined;
  }

  /** Serves until the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#attempt(() => this.#watch());
      this.#look();
      this.#attempt(() => this.#session?.watchReplicas());
      this.#attempt(() => this.#session?.count());
      await this.#options.clock.sleep(LOOK_MS, signal);
    }
    this.#stopped = true;
    await this.#session?.close();
    await this.#answering;
    this.#setStatus({ ready: false, reason: "Stopped", message: "the server has stopped" });
  }

  /** Looks at the interface and does what has to be done about it. Never throws. */
  #look(): void {
    this.#attempt(() => {
      const { network, clock } = this.#options;
      const changes = this.#session && network.changes(this.#session.interfaceIndex);
      const nowMs = clock.monotonicMs();
      const isUnchanged = changes !== undefined && changes === this.#seenChanges;
      if (!isUnchanged || nowMs - this.#lookedMs >= UNCHANGED_LOOK_MS) {
        this.#seenChanges = undefined;
        if (!this.#lookClosely()) return;
        this.#seenChanges = changes;
        this.#lookedMs = nowMs;
      }
      const { interfaceName } = this.#options;
      const isStuck = this.#neglectedLooks >= NEGLECTED_LOOKS_MAX;
      this.#setStatus(
        isStuck ? stuckStatus(interfaceName) : servingStatus(interfaceName, this.#session?.claim()),
      );
    });
  }

  /** Looks whether frames are taken at all. */
  #watch(): void {
    const isNeglected = this.#session?.isNeglected() === true;
    this.#neglectedLooks = isNeglected ? this.#neglectedLooks + 1 : 0;
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#failUnexpectedly(error);
    }
  }

  /** @returns Whether the interface is served. */
  #lookClosely(): boolean {
    const found = this.#inspect();
    if (found === undefined) return false;
    if (this.#session === undefined) {
      this.#answering ??= this.#openAndAnswer(found);
      return false;
    }
    if (this.#session.follow(found)) this.#say("info", "interface changed");
    this.#trouble = undefined;
    return true;
  }

  /** @returns The interface when it is up and can be looked at. */
  #inspect(): NetworkInterface | undefined {
    const { network, interfaceName } = this.#options;
    try {
      const found = network.inspect(interfaceName);
      if (found?.up === true) return found;
      this.#session?.suspend();
      this.#setStatus(obstacle(interfaceName, found));
    } catch (error) {
      this.#fail(error);
    }
    return undefined;
  }

  /** Never rejects. */
  async #openAndAnswer(networkInterface: NetworkInterface): Promise<void> {
    const { network, clock, log, served, respondAt } = this.#options;
    const parts = { network, clock, log, served, respondAt };
    const onFailure = (error: unknown) => this.#portFailed(error);
    try {
      const session = await PortSession.open({ ...parts, networkInterface, onFailure });
      if (this.#stopped) return await session.close();
      this.#session = session;
    } catch (error) {
      this.#answering = undefined;
      return this.#failUnexpectedly(error);
    }
    const answering = this.#session.run();
    this.#look();
    await answering;
  }

  /** The next look opens the port again; it is not far away, and what fails at once again must wait. */
  #portFailed(error: unknown): void {
    this.#seenChanges = undefined;
    if (this.#inspect() !== undefined) this.#failUnexpectedly(error);
  }

  #failUnexpectedly(error: unknown): void {
    if (!(error instanceof ErrnoError)) this.#options.onBug();
    this.#fail(error);
  }

  /** A failed look is no reason to stop what works: the next may succeed. */
  #fail(error: unknown): void {
    if (this.#session?.works !== true) return this.#setStatus(failure(error));
    const trouble = messageOf(error);
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    this.#say("warn", "cannot look at the interface; it is served as it was", errorOf(error));
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
    try {
      onStatusChange();
    } catch (error) {
      this.#options.onBug();
      this.#say("warn", "cannot report the status of an interface", errorOf(error));
    }
  }

  #say(level: "info" | "warn", message: string, error?: Error): void {
    const { log, interfaceName } = this.#options;
    log.log(level, message, { interface: interfaceName, error });
  }
}

function servingStatus(interfaceName: string, claim?: AddressClaim): AgentStatus {
  const serving = `serving on interface ${interfaceName}`;
  if (claim === undefined) return { ready: true, reason: "Serving", message: serving };
  const message = `${serving}, but ${formatMacAddress(claim.mac)} uses the server's address ` +
    `${formatIpv4Address(claim.address)} too: a replica of this agent that has just started or ` +
    "taken over, or a conflict, in which case give the pool a free serverIP or the host another address";
  return { ready: true, reason: "ServerAddressClaimed", message };
}

function stuckStatus(interfaceName: string): AgentStatus {
  return {
    ready: false,
    reason: STUCK,
    message:
      `frames wait on interface ${interfaceName} and none is taken, because of a bug in this ` +
      "program; a restart helps",
  };
}

function obstacle(interfaceName: string, found: NetworkInterface | undefined): AgentStatus {
  return found === undefined
    ? {
      ready: false,
      reason: "InterfaceNotFound",
      message: `interface ${interfaceName} does not exist in this network namespace; it is ` +
        "served once it does (check its name; of a pod, the network attachment)",
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
