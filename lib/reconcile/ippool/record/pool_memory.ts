/** What is remembered of the addresses of a pool and not recorded. */

import { AddressMemory } from "../../../ipam/address_memory.ts";
import type { IPPoolPlan } from "../ippool.ts";
import type { PoolView } from "../pool_view.ts";

/** What is known of the addresses of a pool before its first plan. */
export function memoryAt(nowMs: number): AddressMemory {
  return new AddressMemory(nowMs);
}

/** Remembers what a plan did with the addresses of a pool, once it was committed. */
export function noteCommitted(
  memory: AddressMemory,
  { pool: { addresses }, plan }: { readonly pool: PoolView; readonly plan: IPPoolPlan },
  nowMs: number,
): void {
  if (!addresses.ok) return;
  const { range } = addresses.value;
  const { delta: { freed, added }, moves } = plan.record;
  memory.note({
    freed: [...freed].filter(([address]) => range.kindOf(address) === "allocatable"),
    taken: [...added].filter(([, value]) => typeof value === "number").map(([address]) => address),
    after: moves?.after,
    blockFrom: moves?.blockFrom,
  }, nowMs);
}
