/** What arrives on a connection, kept until it is used. */

import { HEAD_BYTES_MAX, RequestHeadError } from "./request_head.ts";

/** The part of a connection that is read. */
export interface ByteSource {
  /** As `Deno.Conn`: the number of octets, `null` at the end. */
  read(into: Uint8Array): Promise<number | null>;
}

const FIRST_BYTES = 4 * 1024;
const CR = 13;
const LF = 10;

/** Reads a connection with a buffer that is as large as the largest head at most. */
export class ByteReader {
  readonly #source: ByteSource;
  #buffer = new Uint8Array(FIRST_BYTES);
  #start = 0;
  #end = 0;
  #filling: Promise<boolean> | undefined;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** What has arrived and is not used; valid until the next {@link fill}. */
  get waiting(): Uint8Array {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  /** Marks the first octets as used. */
  skip(bytes: number): void {
    this.#start += bytes;
  }

  /**
   * Waits for more to arrive. Calls at the same time wait for the same octets.
   *
   * @returns False at the end of what the client sends.
   * @throws when the connection is gone.
   */
  fill(): Promise<boolean> {
    this.#filling ??= this.#fill().finally(() => this.#filling = undefined);
    return this.#filling;
  }

  async #fill(): Promise<boolean> {
    this.#makeRoom();
    const length = await this.#source.read(this.#buffer.subarray(this.#end));
    if (length === null) return false;
    this.#end += length;
    return true;
  }

  #makeRoom(): void {
    if (this.#start === this.#end) {
      this.#start = this.#end = 0;
      // A long head is rare, and a connection may be kept for long.
      if (this.#buffer.length > FIRST_BYTES) this.#buffer = new Uint8Array(FIRST_BYTES);
    }
    if (this.#end < this.#buffer.length) return;
    const waiting = this.waiting;
    const isFull = waiting.length > this.#buffer.length / 2;
    const buffer = isFull ? new Uint8Array(this.#buffer.length * 2) : this.#buffer;
    buffer.set(waiting);
    [this.#buffer, this.#start, this.#end] = [buffer, 0, waiting.length];
  }

  /** Reads into the given place, first what waits. @returns `null` at the end. */
  async readInto(target: Uint8Array): Promise<number | null> {
    const waiting = this.waiting;
    if (waiting.length === 0) {
      if (this.#filling === undefined) return await this.#source.read(target);
      return await this.fill() ? await this.readInto(target) : null;
    }
    const part = waiting.subarray(0, target.length);
    target.set(part);
    this.skip(part.length);
    return part.length;
  }

  /**
   * Reads up to an empty line and uses it up.
   *
   * @param onStart Called when the first octet is there.
   * @returns The text before the empty line; `undefined` when the client has ended before it began.
   * @throws {RequestHeadError} 431 when it is too long, 400 when it is no text of lines.
   */
  async readHead(onStart: () => void): Promise<string | undefined> {
    let looked = 0;
    for (;;) {
      // Some clients end a body with an empty line too many (RFC 9112 section 2.2).
      while (looked === 0 && this.waiting[0] === CR && this.waiting[1] === LF) this.skip(2);
      const waiting = this.waiting;
      if (waiting.length > 0) onStart();
      const end = endOfHead(waiting, looked);
      if (end !== undefined) {
        const text = latin1Of(waiting.subarray(0, end));
        this.skip(end + 4);
        return text;
      }
      if (waiting.length >= HEAD_BYTES_MAX) {
        throw new RequestHeadError(431, `the head is longer than ${HEAD_BYTES_MAX} octets`);
      }
      looked = Math.max(0, waiting.length - 3);
      if (!await this.fill()) return undefined;
    }
  }
}

/** Where the empty line begins that ends a head. */
function endOfHead(bytes: Uint8Array, from: number): number | undefined {
  for (let at = bytes.indexOf(LF, from); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at - 1] !== CR) throw new RequestHeadError(400, "a line does not end with CR LF");
    if (at >= 3 && bytes[at - 2] === LF) return at - 3;
  }
  return undefined;
}

function latin1Of(bytes: Uint8Array): string {
  let text = "";
  for (let start = 0; start < bytes.length; start += FIRST_BYTES) {
    text += String.fromCharCode(...bytes.subarray(start, start + FIRST_BYTES));
  }
  return text;
}
