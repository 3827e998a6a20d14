/**
 * Dumps as they are sent. All clients that read one state of a dump share one text: a large pool has
 * megabytes of it, and making it takes as long as answering hundreds of packets.
 */

import type { BodyStream } from "../http/exchange.ts";
import { type BudgetAccount, type MemoryBudget, PROCESS_BUDGET } from "../http/memory_budget.ts";
import type { CacheDump, UnknownDump } from "../reconcile/cache_dump.ts";

/** A dump that is made when it is needed. */
export interface Dump {
  /** What it is made of; while these are the same objects, the dump is the same. */
  readonly version: readonly object[];
  /** `undefined` when there is nothing of that name. */
  make(): CacheDump | UnknownDump | undefined;
}

/** Texts that are kept for the next client, in octets; the newest stays, however large it is. */
const KEPT_BYTES_MAX = 16 * 1024 * 1024;
const PIECE_BYTES = 64 * 1024;
/** Entries that are made in one turn of the event loop: a few milliseconds. */
const TURN_ENTRIES = 1000;

interface KeptText {
  /** Weak, so that a table that was replaced does not stay for its text. */
  readonly version: readonly WeakRef<object>[];
  readonly bytes: Uint8Array;
  /** How many clients had asked for any dump when it was begun. */
  readonly asked: number;
}

/** The latest text of each dump. */
export class SharedDumps {
  readonly #budget: MemoryBudget;
  readonly #kept = new Map<string, KeptText>();
  #account: BudgetAccount | undefined;
  /** How many clients have asked. */
  #asked = 0;
  /** After each text is a pause as long as it took, so that texts never take more than half of the time. */
  #pauseEndsMs = 0;
  /** Settles when the text that is being made is there. */
  #making: Promise<void> | undefined;

  constructor(budget: MemoryBudget = PROCESS_BUDGET) {
    this.#budget = budget;
  }

  /**
   * The text of a dump; `undefined` when there is none. Clients that ask while a text is made wait for
   * it, so that no number of them keeps more than one in the making. They share the next one, however much
   * changes meanwhile: it is begun after they asked.
   *
   * @param key Name of the dump.
   */
  async textOf(key: string, read: () => Dump | undefined): Promise<Uint8Array | undefined> {
    const asked = ++this.#asked;
    while (this.#making !== undefined) await this.#making;
    const known = this.#kept.get(key);
    if (known !== undefined && known.asked >= asked) return known.bytes;
    const dump = read();
    if (dump !== undefined && known !== undefined && isSame(known.version, dump.version)) {
      return known.bytes;
    }
    const made = this.#make(key, read);
    this.#making = made.then(() => {}, () => {}).finally(() => this.#making = undefined);
    return await made;
  }

  async #make(key: string, read: () => Dump | undefined): Promise<Uint8Array | undefined> {
    const pauseMs = this.#pauseEndsMs - performance.now();
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    this.#forget(key);
    const asked = this.#asked;
    const startMs = performance.now();
    const dump = read();
    const entries = dump?.make();
    if (dump === undefined || entries === undefined) return undefined;
    const bytes = await encodeObject(entries);
    const endMs = performance.now();
    this.#pauseEndsMs = endMs + (endMs - startMs);
    const version = dump.version.map((part) => new WeakRef(part));
    this.#kept.set(key, { version, bytes, asked });
    // When memory is short, a text that nobody reads is the first to go.
    this.#account ??= this.#budget.open(() => this.#forgetAll());
    this.#account.hold(bytes, bytes.length);
    this.#trim();
    return bytes;
  }

  /** The body of an answer, for one client. It ends in the middle when its client is cut off. */
  bodyOf(bytes: Uint8Array): BodyStream {
    return new SharedBody(bytes, this.#budget);
  }

  #trim(): void {
    let total = 0;
    for (const { bytes } of this.#kept.values()) total += bytes.length;
    for (const [key, { bytes }] of this.#kept) {
      if (total <= KEPT_BYTES_MAX || this.#kept.size === 1) return;
      total -= bytes.length;
      this.#forget(key);
    }
  }

  #forget(key: string): void {
    const known = this.#kept.get(key);
    if (known === undefined) return;
    this.#kept.delete(key);
    this.#account?.release(known.bytes);
  }

  #forgetAll(): void {
    this.#kept.clear();
    this.#account = undefined;
  }
}

/** A JSON object in a line, made in turns, so that packets are answered meanwhile. */
async function encodeObject(entries: CacheDump | UnknownDump): Promise<Uint8Array> {
  const encoder = new TextEncoder();
  const pieces: Uint8Array[] = [];
  let text = "{";
  let count = 0;
  for (const [key, value] of entries) {
    text += `${count++ === 0 ? "" : ","}${JSON.stringify(key)}:${JSON.stringify(value)}`;
    if (count % TURN_ENTRIES > 0) continue;
    pieces.push(encoder.encode(text));
    text = "";
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  pieces.push(encoder.encode(`${text}}\n`));
  return joined(pieces);
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let position = 0;
  for (const piece of pieces) {
    bytes.set(piece, position);
    position += piece.length;
  }
  return bytes;
}

function isSame(known: readonly WeakRef<object>[], version: readonly object[]): boolean {
  return known.length === version.length &&
    known.every((part, index) => part.deref() === version[index]);
}

/** One client's way through a shared text. */
class SharedBody implements BodyStream {
  readonly #account: BudgetAccount;
  #rest: Uint8Array;
  #isCut = false;

  constructor(bytes: Uint8Array, budget: MemoryBudget) {
    this.#rest = bytes;
    this.#account = budget.open(() => {
      this.#rest = new Uint8Array();
      this.#isCut = true;
    });
    this.#account.hold(bytes, bytes.length);
  }

  read(): Promise<Uint8Array | undefined> {
    this.#account.progress();
    if (this.#isCut) return Promise.reject(new Error("cut off: too much waits for clients"));
    const piece = this.#rest.subarray(0, PIECE_BYTES);
    this.#rest = this.#rest.subarray(piece.length);
    if (piece.length > 0) return Promise.resolve(piece);
    this.cancel();
    return Promise.resolve(undefined);
  }

  cancel(): void {
    this.#rest = new Uint8Array();
    this.#account.close();
  }
}
