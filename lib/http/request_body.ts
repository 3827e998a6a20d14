/** The body of a request, read when the handler asks for it and not before. */

import type { ByteReader } from "./byte_reader.ts";
import { RequestBodyError } from "./exchange.ts";
import type { BudgetAccount, MemoryBudget } from "./memory_budget.ts";
import type { BodyFraming } from "./request_head.ts";

/** Largest body that is read unless a listener has another limit; that of kube-apiserver. */
export const BODY_BYTES_MAX = 3 * 1024 * 1024;
/** Longest line between chunks, with its extensions. */
const CHUNK_LINE_BYTES_MAX = 256;
const TRAILER_LINES_MAX = 100;
/** What chunks may cost besides their content, which many small ones would multiply. */
const CHUNK_OVERHEAD_BYTES_MAX = 1024 * 1024;
const LF = 10;
const CR = 13;

/** What a body is read from. */
export interface BodySource {
  readonly reader: ByteReader;
  readonly framing: BodyFraming;
  /** Largest body that is read, in octets. */
  readonly bytesMax: number;
  readonly budget: MemoryBudget;
  /** Of the connection, which releases it after the answer. */
  readonly account: BudgetAccount;
  /** Called before anything is read: the client may wait for a sign. */
  readonly onStart: () => Promise<void>;
  /** Called when octets have arrived. */
  readonly onProgress: () => void;
}

/** Reads one body, once. */
export class RequestBody {
  readonly #source: BodySource;
  #isComplete: boolean;

  constructor(source: BodySource) {
    this.#source = source;
    this.#isComplete = source.framing.kind === "length" && source.framing.bytes === 0;
  }

  /** Whether nothing of it is left on the connection. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** @throws {RequestBodyError} when it is too large, malformed, or does not arrive. */
  async read(): Promise<Uint8Array> {
    if (this.#isComplete) return new Uint8Array();
    const { framing, bytesMax, onStart } = this.#source;
    if (framing.kind === "length" && framing.bytes > bytesMax) throw tooLarge(bytesMax);
    try {
      await onStart();
      const bytes = framing.kind === "length"
        ? await this.#readLength(framing.bytes)
        : await this.#readChunks();
      this.#isComplete = true;
      return bytes;
    } catch (error) {
      if (error instanceof RequestBodyError) throw error;
      throw new RequestBodyError(400, "the client left before it had sent its request");
    }
  }

  async #readLength(bytes: number): Promise<Uint8Array> {
    this.#hold(bytes);
    const body = new Uint8Array(bytes);
    await this.#readInto(body);
    return body;
  }

  async #readChunks(): Promise<Uint8Array> {
    let body = new Uint8Array();
    let length = 0;
    let overhead = 0;
    for (;;) {
      const line = await this.#readLine();
      const size = /^([0-9a-f]{1,8})[ \t]*(;.*)?$/i.exec(line)?.[1];
      if (size === undefined) throw new RequestBodyError(400, "the size of a chunk is malformed");
      const bytes = parseInt(size, 16);
      if (bytes === 0) break;
      overhead += line.length + 4;
      const { bytesMax } = this.#source;
      if (length + bytes > bytesMax || overhead > CHUNK_OVERHEAD_BYTES_MAX) {
        throw tooLarge(bytesMax);
      }
      body = this.#withRoomFor(body, length + bytes);
      await this.#readInto(body.subarray(length, length + bytes));
      length += bytes;
      if (await this.#readLine() !== "") {
        throw new RequestBodyError(400, "a chunk is longer than its size");
      }
    }
    await this.#skipTrailers();
    return body.subarray(0, length);
  }

  /** The same memory, or more of it with the same content. */
  #withRoomFor(body: Uint8Array<ArrayBuffer>, bytes: number): Uint8Array<ArrayBuffer> {
    if (bytes <= body.length) return body;
    const size = Math.min(Math.max(bytes, body.length * 2), this.#source.bytesMax);
    this.#hold(size - body.length);
    const larger = new Uint8Array(size);
    larger.set(body);
    return larger;
  }

  async #skipTrailers(): Promise<void> {
    for (let lines = 0; await this.#readLine() !== ""; lines++) {
      if (lines === TRAILER_LINES_MAX) throw new RequestBodyError(400, "too many trailer fields");
    }
  }

  /** A line without its end. */
  async #readLine(): Promise<string> {
    const { reader } = this.#source;
    for (;;) {
      const waiting = reader.waiting;
      const end = waiting.indexOf(LF);
      if (end > CHUNK_LINE_BYTES_MAX || (end < 0 && waiting.length > CHUNK_LINE_BYTES_MAX)) {
        throw new RequestBodyError(400, "a line between chunks is too long");
      }
      if (end >= 0) {
        if (waiting[end - 1] !== CR) {
          throw new RequestBodyError(400, "a line between chunks does not end with CR LF");
        }
        const line = String.fromCharCode(...waiting.subarray(0, end - 1));
        reader.skip(end + 1);
        return line;
      }
      if (!await reader.fill()) throw new Error("the client ended the connection");
      this.#source.onProgress();
    }
  }

  async #readInto(target: Uint8Array): Promise<void> {
    const { reader, onProgress } = this.#source;
    for (let position = 0; position < target.length;) {
      const length = await reader.readInto(target.subarray(position));
      if (length === null) throw new Error("the client ended the connection");
      position += length;
      onProgress();
    }
  }

  #hold(bytes: number): void {
    const { budget, account } = this.#source;
    if (!budget.hasRoomFor(bytes)) {
      throw new RequestBodyError(503, "too many requests are on their way; try again");
    }
    account.hold({}, bytes);
  }
}

function tooLarge(bytesMax: number): RequestBodyError {
  return new RequestBodyError(413, `Request entity too large: limit is ${bytesMax} bytes`);
}
