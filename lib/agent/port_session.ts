/** One open port: its frames are answered, whatever its interface goes through. */

import type { Clock } from "../base/clock.ts";
import { OverloadGate } from "../dhcpv4/guard/overload_gate.ts";
import type { ReceivedFrame } from "../net/ethernet.ts";
import { macAddressFromBytes } from "../net/mac_address.ts";
import type { Ipv4Address } from "../net/ipv4_address.ts";
import type { Logger } from "../observe/logger.ts";
import type { Network, NetworkInterface, PacketPort } from "../sys/contract.ts";
import { PortHold } from "./port_hold.ts";
import type { Responder } from "./responder.ts";
import type { ServedPool } from "./served_pool.ts";
import type { AddressClaim } from "./server_address.ts";

/** Frames that are answered before other ports and the event loop have their turn. */
const DRAIN_FRAMES_MAX = 256;
/** Between looks at what the port has lost. */
const COUNT_MS = 2000;
/** Where an Ethernet frame says where it comes from. */
const SOURCE_OFFSET = 6;

export interface PortSessionOptions {
  readonly networkInterface: NetworkInterface;
  readonly network: Network;
  readonly clock: Clock;
  readonly log: Logger;
  readonly served: ServedPool;
  /** Makes the responder of a port. */
  readonly respondAt: (port: PacketPort) => Responder;
  /** Called when the port fails; nothing is answered until {@link PortSession.follow}. */
  readonly onFailure: (error: unknown) => void;
}

/** An open port with its responder. */
export class PortSession {
  readonly #options: PortSessionOptions;
  readonly #hold: PortHold;
  readonly #gate = new OverloadGate();
  #port: PacketPort;
  #responder: Responder;
  /** Addresses that the kernel owns on the interface. */
  #ownAddresses: readonly Ipv4Address[];
  /** Frames passed over since they were last counted. */
  #passedOver = 0;
  #countedMs: number;
  /** Frames that were taken, now and at the last {@link isNeglected}. */
  #taken = 0;
  #takenBefore = 0;
  /** When no frame waited last: all that wait now came later. */
  #emptyMs: number;
  /** Resolves when the port that failed is replaced. */
  #repaired: PromiseWithResolvers<void> | undefined;
  #closed = false;

  /**
   * Opens the port.
   *
   * @throws {Error} when the system refuses.
   */
  static async open(options: PortSessionOptions): Promise<PortSession> {
    const { network, networkInterface: { name } } = options;
    const port = await network.openPacketPort(name);
    try {
      return new PortSession(options, port);
    } catch (error) {
      await port.close();
      throw error;
    }
  }

  private constructor(options: PortSessionOptions, port: PacketPort) {
    const { networkInterface: { name, ipv4Addresses }, network, clock, log, served } = options;
    this.#options = options;
    this.#port = port;
    this.#responder = options.respondAt(this.#port);
    this.#hold = new PortHold(network, name, log);
    this.#ownAddresses = ipv4Addresses;
    this.#emptyMs = this.#countedMs = clock.monotonicMs();
    served.follow(() => this.#update());
  }

  /** Answers until the session is closed. Never rejects. */
  async run(): Promise<void> {
    while (!this.#closed) {
      try {
        // The wait also gives other work of this process its turn.
        if (await this.#port.wait()) this.#answerFrames();
      } catch (error) {
        if (this.#closed) return;
        this.#fail(error);
      }
      await this.#repaired?.promise;
    }
  }

  /**
   * Follows the interface, which is up; called now and then.
   *
   * @returns Whether it has changed, so that the port was opened again.
   * @throws {Error} when the system refuses; the port stays as it is.
   */
  follow(found: NetworkInterface): boolean {
    const isChanged = this.#repaired !== undefined || !this.#fits(found);
    if (isChanged) this.#reopen(found);
    this.#ownAddresses = found.ipv4Addresses;
    this.#update();
    return isChanged;
  }

  get interfaceIndex(): number {
    return this.#port.interfaceIndex;
  }

  /** Whether the port receives, as far as is known. */
  get works(): boolean {
    return this.#repaired === undefined;
  }

  /** The interface went down or away: what the port has is opened again once it is back. */
  suspend(): void {
    this.#repaired ??= Promise.withResolvers();
    this.#hold.set(false);
  }

  /** Looks whether the other agents of the pool are there; called twice a second. */
  watchReplicas(): void {
    if (this.works) this.#responder.watchReplicas();
  }

  /** Counts what was lost; called now and then. */
  count(): void {
    const nowMs = this.#options.clock.monotonicMs();
    if (!this.#port.hasFrame) this.#emptyMs = nowMs;
    if (nowMs - this.#countedMs < COUNT_MS) return;
    this.#countedMs = nowMs;
    const passedOver = this.#passedOver;
    this.#passedOver = 0;
    this.#responder.countLostFrames(passedOver);
  }

  /** Whether a frame waits, though the port works, and none was taken since the last call. */
  isNeglected(): boolean {
    const isIdle = this.#taken === this.#takenBefore;
    this.#takenBefore = this.#taken;
    return isIdle && this.works && this.#port.hasFrame;
  }

  /** The host that uses the server's address, if there is one. */
  claim(): AddressClaim | undefined {
    return this.#responder.claim();
  }

  /** Gives the port back, and lets other agents of the pool go on. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#handOver();
    this.#options.served.follow(undefined);
    this.#hold.set(false);
    this.#repaired?.resolve();
    await this.#port.close();
  }

  #handOver(): void {
    if (!this.works) return;
    try {
      this.#responder.handOver();
    } catch {
      // The interface has gone, and with it those that would hear.
    }
  }

  #answerFrames(): void {
    const port = this.#port;
    const nowMs = this.#options.clock.monotonicMs();
    const answer = this.#gate.begin(port.isCrowded) ? this.#answerIfAdmitted : this.#answer;
    this.#responder.begin(nowMs - this.#emptyMs);
    this.#taken += port.drain(DRAIN_FRAMES_MAX, answer);
    this.#responder.flush();
    if (!port.hasFrame) this.#emptyMs = nowMs;
  }

  readonly #answer = (frame: ReceivedFrame) => this.#responder.answer(frame);

  readonly #answerIfAdmitted = (frame: ReceivedFrame) => {
    const source = macAddressFromBytes(frame.bytes, SOURCE_OFFSET);
    const { table } = this.#options.served;
    // Behind a relay agent are clients with a binding, and all of them have its source.
    const isBound = table?.addressOf(source) !== undefined ||
      table?.parameters.relayMacs?.includes(source) === true;
    if (this.#gate.admits(source, isBound)) this.#responder.answer(frame);
    else this.#passedOver++;
  };

  #fail(error: unknown): void {
    this.suspend();
    this.#options.onFailure(error);
  }

  #fits({ index, macAddress, mtuBytes }: NetworkInterface): boolean {
    const port = this.#port;
    return index === port.interfaceIndex && macAddress === port.macAddress &&
      mtuBytes === port.mtuBytes;
  }

  #reopen(found: NetworkInterface): void {
    const { network, respondAt } = this.#options;
    // The kernel's port is one of the interface of before.
    if (found.index !== this.#port.interfaceIndex) this.#hold.set(false);
    this.#port = network.reopenPacketPort(this.#port);
    this.#responder = respondAt(this.#port);
    this.#repaired?.resolve();
    this.#repaired = undefined;
  }

  #update(): void {
    this.#responder.update(this.#ownAddresses);
    const serverIp = this.#options.served.table?.parameters.serverIp;
    const isOwned = serverIp !== undefined && this.#ownAddresses.includes(serverIp);
    this.#hold.set(this.works && isOwned);
  }
}
