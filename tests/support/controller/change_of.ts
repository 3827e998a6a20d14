/** Changes as a controller sees them. */

import { type CachedKind, keyOf, type KubeObject } from "../../../lib/api/meta.ts";
import type { Change } from "../../../lib/controller/runtime/fresh_cache.ts";

/** From which object to which; `undefined` where there was or is none. */
export type Step = readonly [KubeObject, KubeObject | undefined] | readonly [undefined, KubeObject];

/** A change of one object of a kind. */
export function changeOf<T>(
  { parse }: CachedKind<T>,
  [before, after]: Step,
  isOwnWrite = false,
): Change<T> {
  const observe = (object: KubeObject | undefined) => object && { object, parsed: parse(object) };
  const key = keyOf(before ?? after!);
  return { key, before: observe(before), after: observe(after), isOwnWrite };
}
