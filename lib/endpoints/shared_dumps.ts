/**
 * Dumps as they are sent. All clients that read one state of a dump share one text: a large pool has
 * megabytes of it, and making it takes as long as answering hundreds of packets.
 */

import type { BodyStream } from "../http/exchange.ts";
import { type BudgetAccount, type MemoryBudget, PROCESS_BUDGET } from "../http/memory_budget.ts";
import type { CacheDump } from "../reconcile/cache_dump.ts";

/** A dump that is made when it is needed. */
export interface Dump {
  /** What it is made of; while these are the same objects, the dump is the same. */
  readonly version: readonly object[];
  /** `undefined` when there is nothing of that name. */
  make(): CacheDump | undefined;
}

/** Texts that are kept for the next client, in octets; the newest stays, however large it is. */
const KEPT_BYTES_MAX = 16 * 1024 * 1024;
const PIECE_BYTES = 64 * 1024;

interface KeptText {
  /** Weak, so that a table that was replaced does not stay for its text. */
  readonly version: readonly WeakRef<object>[];
  readonly bytes: Uint8Array;
}

/** The latest text of each dump. */
export class SharedDumps {
  readonly #budget: MemoryBudget;
  readonly #kept = new Map<string, KeptText>();
  #account: BudgetAccount | undefined;

  constructor(budget: MemoryBudget = PROCESS_BUDGET) {
    this.#budget = budget;
  }

  /**
   * The text of a dump; `undefined` when there is none.
   *
   * @param key Name of the dump.
   */
  textOf(key: string, { version, make }: Dump): Uint8Array | undefined {
    const known = this.#kept.get(key);
    if (known !== undefined && isSame(known.version, version)) return known.bytes;
    this.#forget(key);
    const dump = make();
    if (dump === undefined) return undefined;
    const bytes = new TextEncoder().encode(`${JSON.stringify(dump)}\n`);
    this.#kept.set(key, { version: version.map((part) => new WeakRef(part)), bytes });
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
