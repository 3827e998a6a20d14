/** What an allocator of addresses starts from, and what it leaves to remember. */

import type { Ipv4Address } from "../net/ipv4_address.ts";
import type { AddressMemory } from "./address_memory.ts";
import type { AddressRange } from "./address_range.ts";

/** What the allocator starts from; it changes nothing of this. */
export interface AllocatorState {
  readonly range: AddressRange;
  /** Addresses that are held, in the range or outside of it. */
  readonly taken: Pick<ReadonlySet<Ipv4Address>, "has">;
  /** Addresses that can be handed out and are not held; see `freeCountOf`. */
  readonly freeCount: number;
  /** Entries of the record, which has marks and unreadable entries besides bindings. */
  readonly entryCount: number;
  readonly memory: Pick<
    AddressMemory,
    "after" | "block" | "restingCount" | "resting" | "isResting" | "homeOf"
  >;
}

/** What allocations and releases mean for an `AddressMemory`, once they are committed. */
export interface AllocatorMoves {
  readonly after: Ipv4Address | undefined;
  readonly blockFrom: number | undefined;
}
