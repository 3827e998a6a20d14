/** Chooses addresses of a range. */

import { type Ipv4Address, ipv4AddressFromNumber } from "../net/ipv4_address.ts";
import type { MacAddress } from "../net/mac_address.ts";
import type { AddressRange } from "./address_range.ts";
import type { AllocatorMoves, AllocatorState } from "./allocator_state.ts";

/**
 * Entries that one pool may record. An entry takes about 38 bytes and etcd refuses requests above
 * 1.5 MiB (`--max-request-bytes`), so a fuller record could not be stored any more.
 */
export const BINDINGS_MAX = 39_000;

/** Why an address was not given. */
export type AllocateFailure =
  /** No free address is left in the range. */
  | "PoolExhausted"
  /** The record has {@link BINDINGS_MAX} entries. */
  | "PoolRecordFull"
  /** Another client holds the wanted address, or did so until now. */
  | "AddressTaken"
  /** The wanted address is the server's, the router's, the network's or the broadcast address. */
  | "AddressReserved"
  /** The wanted address is excluded from the pool. */
  | "AddressExcluded"
  /** The wanted address is not in the subnet. */
  | "OutOfRange";

/** An address, or the reason why there is none. */
export type AllocateResult =
  | { readonly ok: true; readonly address: Ipv4Address }
  | { readonly ok: false; readonly reason: AllocateFailure };

/**
 * How many addresses of a range are free.
 *
 * @param taken Each address once.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * import { ipv4AddressFromNumber } from "../net/ipv4_address.ts";
 * const [five, six] = [5, 6].map(ipv4AddressFromNumber);
 * const kindOf = () => "allocatable" as const;
 * const kinds = { kindOf, askedKindOf: kindOf };
 * const range = { start: five, end: six, allocatableCount: 2, excluded: new Set(), ...kinds };
 * equal(freeCountOf(range, [six]), 1);
 * ```
 */
export function freeCountOf(range: AddressRange, taken: Iterable<Ipv4Address>): number {
  let count = range.allocatableCount;
  for (const address of taken) if (range.kindOf(address) === "allocatable") count--;
  return count;
}

/**
 * Hands out addresses. Those that were not in use as far as is known come first, next-fit: after the
 * address handed out last, and from the start of the range when its end is reached. Those that rest
 * come after all others, the one that rests longest first. So a VM that still uses an address which
 * was taken back does not disturb another for long. What is taken back from a client is not handed out
 * again before that is committed.
 *
 * What it starts from is not copied: what it hands out lies over it. One round over the taken addresses
 * serves any number of allocations.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import { ipv4AddressFromNumber } from "../net/ipv4_address.ts";
 * import { AddressMemory } from "./address_memory.ts";
 * const [taken, free] = [5, 6].map(ipv4AddressFromNumber);
 * const kindOf = () => "allocatable" as const;
 * const kinds = { kindOf, askedKindOf: kindOf };
 * const range = { start: taken, end: free, allocatableCount: 2, excluded: new Set(), ...kinds };
 * const memory = new AddressMemory(0);
 * const state = { range, taken: new Set([taken]), freeCount: 1, entryCount: 1, memory };
 * deepEqual(new AddressAllocator(state).allocate(), { ok: true, address: free });
 * ```
 */
export class AddressAllocator {
  readonly #state: AllocatorState;
  readonly #range: AddressRange;
  /** Handed out or recorded since. */
  readonly #added = new Set<Ipv4Address>();
  readonly #held = new Set<Ipv4Address>();
  /** Of the released ones, those that need not rest. */
  readonly #fresh = new Set<Ipv4Address>();
  /** Of the addresses that were taken, those released since, in that order. */
  readonly #released = new Set<Ipv4Address>();
  /** Of the free ones, those that a client holds until the next commit. */
  readonly #leaving = new Set<Ipv4Address>();
  #freeCount: number;
  /** How many of the free ones rest one by one. */
  #restingCount: number;
  #entryCount: number;
  #after: Ipv4Address | undefined;
  #blockFrom: number | undefined;
  #resting: Iterator<Ipv4Address> | undefined;

  constructor(state: AllocatorState) {
    const { range, freeCount, entryCount, memory } = state;
    this.#state = state;
    this.#range = range;
    this.#freeCount = freeCount;
    this.#restingCount = memory.restingCount;
    this.#entryCount = entryCount;
    this.#after = memory.after;
    this.#blockFrom = memory.block?.from;
  }

  /** How many more addresses can be handed out. */
  get availableCount(): number {
    return Math.max(0, Math.min(this.#freeCount, BINDINGS_MAX - this.#entryCount));
  }

  /** Why {@link allocate} would give nothing; `undefined` when it would give an address. */
  get fullReason(): "PoolExhausted" | "PoolRecordFull" | undefined {
    if (this.#freeCount <= this.#leaving.size) return "PoolExhausted";
    return this.#entryCount >= BINDINGS_MAX ? "PoolRecordFull" : undefined;
  }

  /** What is to be remembered. */
  get moves(): AllocatorMoves {
    const isMoved = this.#after !== this.#state.memory.after;
    return { after: isMoved ? this.#after : undefined, blockFrom: this.#blockFrom };
  }

  /**
   * Hands out a free address: of a MAC that had one before the same, where that is free.
   *
   * @param former An address that it had, which may not be known here.
   */
  allocate(mac?: MacAddress, former?: Ipv4Address): AllocateResult {
    const reason = this.fullReason;
    if (reason !== undefined) return { ok: false, reason };
    const remembered = mac === undefined ? undefined : this.#state.memory.homeOf(mac);
    const home = [former, remembered].find((each) => each !== undefined && this.#isFree(each));
    const address = home ?? this.#next();
    if (address === undefined) {
      // The count was wrong. The next one who asks is told at once.
      this.#freeCount = 0;
      return { ok: false, reason: "PoolExhausted" };
    }
    this.record(address);
    return { ok: true, address };
  }

  /** Whether {@link allocateWanted} would give the address, and if not, why. */
  check(address: Ipv4Address): AllocateFailure | undefined {
    const kind = this.#range.askedKindOf(address);
    if (kind === "outside") return "OutOfRange";
    if (kind === "reserved") return "AddressReserved";
    if (kind === "excluded") return "AddressExcluded";
    if (this.#isTaken(address) || this.isLeaving(address)) return "AddressTaken";
    return this.#entryCount >= BINDINGS_MAX ? "PoolRecordFull" : undefined;
  }

  /** Hands out one particular address of the subnet, whether it rests or not. */
  allocateWanted(address: Ipv4Address): AllocateResult {
    const reason = this.check(address);
    if (reason !== undefined) return { ok: false, reason };
    this.record(address);
    return { ok: true, address };
  }

  /** Keeps an address from being handed out, without an entry in the record and for good. */
  hold(address: Ipv4Address): void {
    if (!this.#isTaken(address)) this.#countFree(address, -1);
    this.#held.add(address);
  }

  /** Takes an address for an entry of the record, whatever the range says of it. */
  record(address: Ipv4Address): void {
    if (this.#isRecorded(address)) return;
    if (!this.#held.has(address)) this.#countFree(address, -1);
    this.#added.add(address);
    this.#entryCount++;
  }

  /**
   * Takes an entry out of the record.
   *
   * @param rests Whether its address rests from now on, and is handed out after the next commit at the
   * earliest: not when nobody was bound to it.
   */
  release(address: Ipv4Address, rests = true): void {
    if (!this.#isRecorded(address)) return;
    this.#added.delete(address);
    this.#released.add(address);
    if (!rests) this.#fresh.add(address);
    this.#entryCount--;
    if (this.#held.has(address)) return;
    this.#countFree(address, 1);
    const isFree = this.#range.kindOf(address) === "allocatable";
    if (isFree && this.isLeaving(address)) this.#leaving.add(address);
  }

  /** Whether a client holds an address that was taken back from it until the next commit. */
  isLeaving(address: Ipv4Address): boolean {
    return this.#released.has(address) && this.#state.taken.has(address) &&
      !this.#fresh.has(address);
  }

  #isTaken(address: Ipv4Address): boolean {
    return this.#held.has(address) || this.#isRecorded(address);
  }

  #isRecorded(address: Ipv4Address): boolean {
    return this.#added.has(address) ||
      this.#state.taken.has(address) && !this.#released.has(address);
  }

  #countFree(address: Ipv4Address, change: 1 | -1): void {
    if (this.#range.kindOf(address) !== "allocatable") return;
    this.#freeCount += change;
    if (change < 0) this.#leaving.delete(address);
    if (this.#rests(address)) this.#restingCount += change;
  }

  #rests(address: Ipv4Address): boolean {
    return !this.#fresh.has(address) &&
      (this.#released.has(address) || this.#state.memory.isResting(address));
  }

  #next(): Ipv4Address | undefined {
    // The usual case of a full pool: nothing has to be looked for.
    const allRest = this.#freeCount <= this.#restingCount;
    const rested = allRest ? undefined : this.#nextRested() ?? this.#nextOfBlock();
    // The last one finds what a wrong count hides.
    return rested ?? this.#longestResting() ??
      this.#search(this.#range.start, this.#range, (address) => this.#isFree(address));
  }

  #nextRested(): Ipv4Address | undefined {
    const { start, end } = this.#range;
    const { block } = this.#state.memory;
    const first = block === undefined ? start : Math.max(start, block.upTo + 1);
    const after = this.#after;
    const from = after === undefined || after < first || after >= end ? first : after + 1;
    const isRested = (address: Ipv4Address) => this.#isFree(address) && !this.#rests(address);
    const address = this.#search(from, { start: first, end }, isRested);
    if (address !== undefined) this.#after = address;
    return address;
  }

  #nextOfBlock(): Ipv4Address | undefined {
    const { block } = this.#state.memory;
    if (block === undefined) return undefined;
    const start = Math.max(this.#range.start, this.#blockFrom ?? block.from);
    const end = Math.min(this.#range.end, block.upTo);
    const isFree = (address: Ipv4Address) => this.#isFree(address) && !this.#rests(address);
    const address = this.#search(start, { start, end }, isFree);
    this.#blockFrom = (address ?? block.upTo) + 1;
    return address;
  }

  #longestResting(): Ipv4Address | undefined {
    // One walk for all allocations: what was passed is taken, or was never free.
    this.#resting ??= this.#restingInOrder();
    for (let next = this.#resting.next(); !next.done; next = this.#resting.next()) {
      if (this.#isFree(next.value)) return next.value;
    }
    return undefined;
  }

  *#restingInOrder(): Generator<Ipv4Address, void> {
    for (const address of this.#state.memory.resting()) {
      if (!this.#released.has(address)) yield address;
    }
    // Goes on to what is released later.
    yield* this.#released;
  }

  #isFree(address: Ipv4Address): boolean {
    return this.#range.kindOf(address) === "allocatable" && !this.#isTaken(address) &&
      !this.isLeaving(address);
  }

  /** Looks at each address once at most, whatever the count says. */
  #search(
    from: number,
    { start, end }: { readonly start: number; readonly end: number },
    isWanted: (address: Ipv4Address) => boolean,
  ): Ipv4Address | undefined {
    let next = from;
    for (let left = end - start + 1; left > 0; left--) {
      const address = ipv4AddressFromNumber(next);
      if (isWanted(address)) return address;
      next = next === end ? start : next + 1;
    }
    return undefined;
  }
}
