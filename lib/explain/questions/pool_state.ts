/** How a pool is by itself, for its own questions and those of its NICs. */

import { joinSome } from "../../base/sentences.ts";
import { MORE_ROOM } from "../../reconcile/ippool/ippool_conditions.ts";
import type { PoolView } from "../../reconcile/ippool/pool_view.ts";
import type { Finding } from "../contract.ts";
import { well, wrong } from "../findings.ts";

export function findNotPaused({ key, paused }: PoolView): Finding {
  return paused
    ? wrong(`the pool ${key} is paused`, `set spec.paused of ippool ${key} to false`)
    : well(`the pool ${key} is not paused`);
}

export function findValid({ key, addresses }: PoolView): Finding {
  if (addresses.ok) return well(`the specification of ${key} can be used`);
  const faults = addresses.errors.map(({ field, message }) => `${field} ${message}`);
  return wrong(
    `the specification of the pool ${key} cannot be used: ${joinSome(faults, "; ")}`,
    `correct it (kubectl edit ippool)`,
  );
}

/** Of a pool with a valid specification: whether it has an address left. */
export function findFree(pool: PoolView): Finding {
  const { key, freeCount } = pool;
  const used = `${describeUse(pool)} in use`;
  if (freeCount > 0) return well(`the pool ${key} has addresses (${used})`);
  return wrong(`the pool ${key} is full (${used})`, MORE_ROOM);
}

/** Such as `7 of 8`: how many VMs hold, wherever these lie, as the status counts them, and could hold. */
export function describeUse({ record, freeCount }: PoolView): string {
  const used = record.bindings.size;
  return `${used} of ${used + freeCount}`;
}
