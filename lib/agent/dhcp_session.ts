/** One open port: answers its frames for as long as the interface stays what it was. */

import type { Clock } from "../base/clock.ts";
import type { ClientLimits } from "../dhcpv4/guard/client_guard.ts";
import type { LeaseTable } from "../dhcpv4/lease.ts";
import type { Ipv4Address } from "../net/ipv4_address.ts";
import type { Logger } from "../observe/logger.ts";
import type { ReceivedFrame } from "../net/ethernet.ts";
import type { Network, NetworkInterface, PacketPort } from "../sys/contract.ts";
import type { AgentMetrics } from "./agent_metrics.ts";
import { DhcpPortHold } from "./dhcp_port_hold.ts";
import { DhcpResponder } from "./dhcp_responder.ts";
import type { AddressClaim } from "./server_address.ts";

/** Longest wait for frames. */
const WAIT_MS = 1000;
/** Frames answered before the event loop has its turn. */
const DRAIN_FRAMES_MAX = 256;
/** Between looks at what the port does not report: addresses, MTU, MAC, a new index. */
const INSPECT_MS = 500;

/** What a session works with. */
export interface DhcpSessionOptions {
  readonly network: Network;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: AgentMetrics;
  /** Writes a line at debug for each packet, and measures the stages of its answer. */
  readonly logPackets: boolean;
}

/** What a session begins with. */
export interface DhcpSessionStart {
  readonly networkInterface: NetworkInterface;
  readonly limits: ClientLimits;
  /** Called with who else uses the server's address, now and then, also when there is nobody. */
  readonly onClaim: (claim: AddressClaim | undefined) => void;
}

/** An open port and who answers there. */
export class DhcpSession {
  readonly #options: DhcpSessionOptions;
  readonly #port: PacketPort;
  readonly #responder: DhcpResponder;
  readonly #hold: DhcpPortHold;
  readonly #onClaim: DhcpSessionStart["onClaim"];
  #table: LeaseTable | undefined;
  /** Addresses that the kernel owns on the interface. */
  #ownAddresses: readonly Ipv4Address[];

  /**
   * Opens the port.
   *
   * @throws {Error} when the system refuses.
   */
  constructor(
    { networkInterface: { name, ipv4Addresses }, limits, onClaim }: DhcpSessionStart,
    options: DhcpSessionOptions,
  ) {
    const { network, log } = options;
    this.#options = options;
    this.#port = network.openPacketPort(name);
    this.#responder = new DhcpResponder({ ...options, limits, port: this.#port });
    this.#hold = new DhcpPortHold(network, name, log);
    this.#onClaim = onClaim;
    this.#ownAddresses = ipv4Addresses;
  }

  /** Answers from this table from the next packet on. @param table `undefined` for silence. */
  setTable(table: LeaseTable | undefined): void {
    this.#table = table;
    this.#update();
  }

  /** Limits clients like this from now on. */
  setLimits(limits: ClientLimits): void {
    this.#responder.limit(limits);
  }

  /**
   * Answers until the signal aborts or the interface changes.
   *
   * @throws {ErrnoError} when the interface went down or away.
   */
  async run(signal: AbortSignal): Promise<void> {
    const stop = new AbortController();
    const end = () => stop.abort();
    signal.addEventListener("abort", end);
    stop.signal.addEventListener("abort", () => this.close());
    if (signal.aborted) end();
    const watching = this.#endOnChange(stop);
    try {
      await this.#answerFrames(stop.signal);
    } finally {
      signal.removeEventListener("abort", end);
      end();
      await watching;
    }
  }

  /** Gives the port back. */
  close(): void {
    this.#port.close();
    this.#hold.set(false);
  }

  async #answerFrames(signal: AbortSignal): Promise<void> {
    const answer = (frame: ReceivedFrame) => this.#responder.answer(frame);
    while (!signal.aborted) {
      // The wait is also what gives other work of this process its turn.
      if (!await this.#port.wait(WAIT_MS)) continue;
      this.#responder.begin();
      this.#port.drain(DRAIN_FRAMES_MAX, answer);
      this.#responder.flush();
    }
  }

  async #endOnChange(stop: AbortController): Promise<void> {
    const { clock, metrics } = this.#options;
    while (!stop.signal.aborted) {
      await clock.sleep(INSPECT_MS, stop.signal);
      try {
        metrics.lostFrames(this.#port.takeLostFrames());
        if (stop.signal.aborted) return;
        if (!this.#inspect()) return stop.abort();
        this.#onClaim(this.#responder.claim());
      } catch {
        // Opening the port again meets the same error and reports it.
        stop.abort();
      }
    }
  }

  /** @returns Whether the port still fits the interface. */
  #inspect(): boolean {
    const { interfaceName, interfaceIndex, macAddress, mtuBytes } = this.#port;
    const found = this.#options.network.inspect(interfaceName);
    if (found?.up !== true || found.index !== interfaceIndex) return false;
    if (found.macAddress !== macAddress || found.mtuBytes !== mtuBytes) return false;
    this.#ownAddresses = found.ipv4Addresses;
    this.#update();
    return true;
  }

  #update(): void {
    this.#responder.update(this.#table, this.#ownAddresses);
    const serverIp = this.#table?.parameters.serverIp;
    this.#hold.set(serverIp !== undefined && this.#ownAddresses.includes(serverIp));
  }
}
