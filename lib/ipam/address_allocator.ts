/** Chooses addresses of a range. */

import { type Ipv4Address, ipv4AddressFromNumber } from "../net/ipv4_address.ts";
import type { AddressRange } from "./address_range.ts";

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
  /** Another client holds the wanted address. */
  | "AddressTaken"
  /** The wanted address is the server's, the router's, the network's or the broadcast address. */
  | "AddressReserved"
  /** The wanted address is excluded from the pool. */
  | "AddressExcluded"
  /** The wanted address is not between start and end. */
  | "OutOfRange";

/** An address, or the reason why there is none. */
export type AllocateResult =
  | { readonly ok: true; readonly address: Ipv4Address }
  | { readonly ok: false; readonly reason: AllocateFailure };

/** What the allocator starts from. */
export interface AllocatorState {
  readonly range: AddressRange;
  /** Addresses that are held, in the range or outside of it; not modified. */
  readonly taken: Iterable<Ipv4Address>;
  /** Entries of the record, which has marks and unreadable entries besides bindings. */
  readonly entryCount: number;
  /** The address handed out last; the search goes on after it. */
  readonly after: Ipv4Address | undefined;
}

/**
 * Hands out addresses from a copy of the record, next-fit: after the address handed out last, and
 * from the start of the range when its end is reached. So a freed address is used again as late as
 * possible, and a VM that still uses it does not disturb another for long. One round over the taken
 * addresses serves any number of allocations: O(1) each, amortised.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import { ipv4AddressFromNumber } from "../net/ipv4_address.ts";
 * const [taken, free] = [5, 6].map(ipv4AddressFromNumber);
 * const kindOf = () => "allocatable" as const;
 * const range = { start: taken, end: free, allocatableCount: 2, excluded: new Set(), kindOf };
 * const state = { range, taken: [taken], entryCount: 1, after: undefined };
 * deepEqual(new AddressAllocator(state).allocate(), { ok: true, address: free });
 * ```
 */
export class AddressAllocator {
  readonly #range: AddressRange;
  readonly #taken: Set<Ipv4Address>;
  #freeCount: number;
  #entryCount: number;
  #after: Ipv4Address | undefined;

  constructor({ range, taken, entryCount, after }: AllocatorState) {
    this.#range = range;
    this.#taken = new Set(taken);
    this.#freeCount = range.allocatableCount;
    for (const address of this.#taken) {
      if (range.kindOf(address) === "allocatable") this.#freeCount--;
    }
    this.#entryCount = entryCount;
    this.#after = after;
  }

  /** How many more addresses can be handed out. */
  get availableCount(): number {
    return Math.max(0, Math.min(this.#freeCount, BINDINGS_MAX - this.#entryCount));
  }

  /** Why {@link allocate} would give nothing; `undefined` when it would give an address. */
  get fullReason(): "PoolExhausted" | "PoolRecordFull" | undefined {
    if (this.#freeCount <= 0) return "PoolExhausted";
    return this.#entryCount >= BINDINGS_MAX ? "PoolRecordFull" : undefined;
  }

  /** The address handed out last. */
  get after(): Ipv4Address | undefined {
    return this.#after;
  }

  /** Hands out the next free address. */
  allocate(): AllocateResult {
    const reason = this.fullReason;
    if (reason !== undefined) return { ok: false, reason };
    const address = this.#nextFree();
    if (address === undefined) {
      // The count was wrong. The next one who asks is told at once.
      this.#freeCount = 0;
      return { ok: false, reason: "PoolExhausted" };
    }
    this.#take(address);
    this.#after = address;
    return { ok: true, address };
  }

  /** Whether {@link allocateWanted} would give the address, and if not, why. */
  check(address: Ipv4Address): AllocateFailure | undefined {
    const kind = this.#range.kindOf(address);
    if (kind === "outside") return "OutOfRange";
    if (kind === "reserved") return "AddressReserved";
    if (kind === "excluded") return "AddressExcluded";
    if (this.#taken.has(address)) return "AddressTaken";
    return this.#entryCount >= BINDINGS_MAX ? "PoolRecordFull" : undefined;
  }

  /** Hands out one particular address. */
  allocateWanted(address: Ipv4Address): AllocateResult {
    const reason = this.check(address);
    if (reason !== undefined) return { ok: false, reason };
    this.#take(address);
    return { ok: true, address };
  }

  /** Keeps an address from being handed out, without an entry in the record. */
  hold(address: Ipv4Address): void {
    if (this.check(address) !== undefined) return;
    this.#taken.add(address);
    this.#freeCount--;
  }

  /** Takes an address back that was taken. */
  release(address: Ipv4Address): void {
    if (!this.#taken.delete(address)) return;
    this.#entryCount--;
    if (this.#range.kindOf(address) === "allocatable") this.#freeCount++;
  }

  #take(address: Ipv4Address): void {
    this.#taken.add(address);
    this.#freeCount--;
    this.#entryCount++;
  }

  /** Looks at each address of the range once at most, whatever the count says. */
  #nextFree(): Ipv4Address | undefined {
    const { start, end } = this.#range;
    const after = this.#after;
    let next: number = after === undefined || after < start || after >= end ? start : after + 1;
    for (let left = end - start + 1; left > 0; left--) {
      const address = ipv4AddressFromNumber(next);
      if (this.#range.kindOf(address) === "allocatable" && !this.#taken.has(address)) {
        return address;
      }
      next = next === end ? start : next + 1;
    }
    return undefined;
  }
}
