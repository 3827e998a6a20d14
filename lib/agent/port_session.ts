/** One open port: its frames are answered for as long as the interface stays as it was. */

import type { Clock } from "../base/clock.ts";
import type { ReceivedFrame } from "../net/ethernet.ts";
import type { Ipv4Address } from "../net/ipv4_address.ts";
import type { Logger } from "../observe/logger.ts";
import type { Network, NetworkInterface, PacketPort } from "../sys/contract.ts";
import { PortHold } from "./port_hold.ts";
import type { Responder } from "./responder.ts";
import type { ServedPool } from "./served_pool.ts";
import type { AddressClaim } from "./server_address.ts";

/** Longest wait for frames. */
const WAIT_MS = 1000;
/** Frames that are answered before the event loop has its turn. */
const DRAIN_FRAMES_MAX = 256;
/** Between looks at what the port does not report: addresses, MTU, MAC and index. */
const INSPECT_MS = 500;

export interface PortSessionOptions {
  readonly networkInterface: NetworkInterface;
  readonly network: Network;
  readonly clock: Clock;
  readonly log: Logger;
  readonly served: ServedPool;
  /** Makes the responder of a port. */
  readonly respondAt: (port: PacketPort) => Responder;
  /** Called now and then with the host that uses the server's address, also when there is none. */
  readonly onClaim: (claim: AddressClaim | undefined) => void;
}

/** An open port with its responder. */
export class PortSession {
  readonly #options: PortSessionOptions;
  readonly #port: PacketPort;
  readonly #responder: Responder;
  readonly #hold: PortHold;
  /** Addresses that the kernel owns on the interface. */
  #ownAddresses: readonly Ipv4Address[];

  /**
   * Opens the port.
   *
   * @throws {Error} when the system refuses.
   */
  constructor(options: PortSessionOptions) {
    const { networkInterface: { name, ipv4Addresses }, network, log } = options;
    this.#options = options;
    this.#port = network.openPacketPort(name);
    this.#responder = options.respondAt(this.#port);
    this.#hold = new PortHold(network, name, log);
    this.#ownAddresses = ipv4Addresses;
  }

  /**
   * Answers until the signal aborts or the interface changes.
   *
   * @throws {ErrnoError} when the interface went down or away.
   */
  async run(signal: AbortSignal): Promise<void> {
    this.#options.served.follow(() => this.#update());
    this.#update();
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
    this.#options.served.follow(undefined);
    this.#port.close();
    this.#hold.set(false);
  }

  async #answerFrames(signal: AbortSignal): Promise<void> {
    const answer = (frame: ReceivedFrame) => this.#responder.answer(frame);
    while (!signal.aborted) {
      // The wait also gives other work of this process its turn.
      if (!await this.#port.wait(WAIT_MS)) continue;
      this.#responder.begin();
      this.#port.drain(DRAIN_FRAMES_MAX, answer);
      this.#responder.flush();
    }
  }

  async #endOnChange(stop: AbortController): Promise<void> {
    const { clock, onClaim } = this.#options;
    while (!stop.signal.aborted) {
      await clock.sleep(INSPECT_MS, stop.signal);
      try {
        this.#responder.countLostFrames();
        if (stop.signal.aborted) return;
        if (!this.#inspect()) return stop.abort();
        onClaim(this.#responder.claim());
      } catch {
        // Opening the port again runs into the same error and reports it.
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
    this.#responder.update(this.#ownAddresses);
    const serverIp = this.#options.served.table?.parameters.serverIp;
    this.#hold.set(serverIp !== undefined && this.#ownAddresses.includes(serverIp));
  }
}
