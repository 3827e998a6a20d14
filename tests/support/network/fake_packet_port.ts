/** A packet port of a fake interface. */

import { setImmediate } from "node:timers";
import { isGroupMacAddress, macAddressFromBytes } from "../../../lib/net/mac_address.ts";
import {
  ErrnoError,
  type LostFrames,
  type PacketPort,
  type SendFailure,
} from "../../../lib/sys/contract.ts";
import type { ReceivedFrame } from "../../../lib/net/ethernet.ts";
import type { FakeInterface } from "./fake_network.ts";

const LINK_HEADER_BYTES_MAX = 18;
const QUEUE_FRAMES_MAX = 10_000;
const FRAME_BYTES_MAX = 1900;

/** Filters frames and fails as a packet socket does. */
export class FakePacketPort implements PacketPort {
  readonly interfaceName: string;
  readonly interfaceIndex: number;
  readonly macAddress;
  readonly mtuBytes: number;
  readonly #interface: FakeInterface;
  readonly #queue: ReceivedFrame[] = [];
  #pendingError: ErrnoError | undefined;
  #lost = { overrun: 0, tooLong: 0 };
  #queued: Uint8Array[] = [];
  #wake: (() => void) | undefined;
  #closed = false;

  constructor(owner: FakeInterface) {
    this.interfaceName = owner.name;
    this.interfaceIndex = owner.index;
    this.macAddress = owner.macAddress;
    this.mtuBytes = owner.mtuBytes;
    this.#interface = owner;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get hasFrame(): boolean {
    return !this.#closed && this.#queue.length > 0;
  }

  get isCrowded(): boolean {
    return !this.#closed && this.#queue.length > QUEUE_FRAMES_MAX * 3 / 4;
  }

  async wait(timeoutMs?: number): Promise<boolean> {
    const isIdle = !this.#closed && this.#queue.length === 0 && this.#pendingError === undefined;
    if (isIdle) await this.#sleep(timeoutMs);
    else await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#interface.isDeaf && !this.#closed) {
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    if (this.#closed) return false;
    this.#throwPendingError();
    return this.#queue.length > 0;
  }

  drain(framesMax: number, onFrame: (frame: ReceivedFrame) => void): number {
    if (this.#interface.drainError !== undefined) throw this.#interface.drainError;
    let drained = 0;
    while (!this.#closed && drained < framesMax) {
      const frame = this.#queue.shift();
      if (frame === undefined) break;
      drained++;
      onFrame(frame);
      // Like memory that the next frame overwrites.
      frame.bytes.fill(0xee);
    }
    return drained;
  }

  send(frame: Uint8Array): void {
    this.#queued.push(frame.slice());
  }

  flush(): readonly SendFailure[] {
    const failures = new Map<string, number>();
    for (const frame of this.#queued.splice(0)) {
      const code = this.#refusalOf(frame);
      if (code === undefined) this.#interface.sent.push(frame);
      else failures.set(code, (failures.get(code) ?? 0) + 1);
    }
    if (this.#closed) return [];
    return [...failures].map(([code, frames]) => ({ code, frames }));
  }

  takeLostFrames(): LostFrames {
    const lost = this.#lost;
    this.#lost = { overrun: 0, tooLong: 0 };
    return lost;
  }

  stampMs(): number {
    return this.#interface.nowMs();
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#wake?.();
    return Promise.resolve();
  }

  /** Receives a frame from the wire. */
  receive(wire: Uint8Array, checksumReady: boolean): void {
    const frame = {
      bytes: withoutVlanTag(wire),
      packetType: this.#typeOf(wire),
      checksumReady,
      receivedMs: this.stampMs(),
    };
    if (this.#closed || !passes(wire, frame)) return;
    if (frame.bytes.length > FRAME_BYTES_MAX) this.#lost.tooLong++;
    else if (this.#queue.length < QUEUE_FRAMES_MAX) this.#queue.push(frame);
    else this.#lost.overrun++;
    this.#wake?.();
  }

  /** The interface is down or gone. */
  fail(): void {
    this.#pendingError = this.#error("epoll_wait", 100, "ENETDOWN");
    this.#wake?.();
  }

  #typeOf(frame: Uint8Array): number {
    const destination = macAddressFromBytes(frame);
    if (destination === this.macAddress) return 0;
    if (destination === 0xffffffffffff) return 1;
    return isGroupMacAddress(destination) ? 2 : 3;
  }

  #sleep(timeoutMs?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = timeoutMs === undefined
        ? undefined
        : setTimeout(() => this.#wake?.(), timeoutMs);
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
    });
  }

  #refusalOf(frame: Uint8Array): string | undefined {
    if (this.#closed) return "EBADF";
    if (frame.length > this.mtuBytes + LINK_HEADER_BYTES_MAX) return "EMSGSIZE";
    return this.#interface.up ? this.#interface.sendError?.code : "ENETDOWN";
  }

  #throwPendingError(): void {
    const error = this.#pendingError;
    this.#pendingError = undefined;
    if (error !== undefined) throw this.#error("epoll_wait", error.errno, error.code);
  }

  #error(syscall: string, errno: number, code: string): ErrnoError {
    return new ErrnoError(`${syscall} (interface ${this.interfaceName})`, errno, code);
  }
}

function passes(wire: Uint8Array, { bytes, packetType }: ReceivedFrame): boolean {
  const view = new DataView(bytes.buffer);
  if (packetType > 1 || bytes.length < 38 || vlanIdentifierOf(wire) !== 0) return false;
  if (view.getUint16(12) === 0x0806) return [1, 2].includes(view.getUint16(20));
  if (view.getUint16(12) !== 0x0800 || (view.getUint16(20) & 0x3fff) !== 0) return false;
  const payload = 14 + 4 * (bytes[14]! & 15);
  if (bytes[23] === 1) return bytes[payload] === 8;
  return bytes[23] === 17 && [67, 68].includes(view.getUint16(payload + 2));
}

function vlanIdentifierOf(wire: Uint8Array): number {
  return isTagged(wire) ? ((wire[14]! & 15) << 8) | wire[15]! : 0;
}

function withoutVlanTag(wire: Uint8Array): Uint8Array {
  return isTagged(wire)
    ? new Uint8Array([...wire.subarray(0, 12), ...wire.subarray(16)])
    : wire.slice();
}

function isTagged(wire: Uint8Array): boolean {
  return wire[12] === 0x81 && wire[13] === 0x00;
}
