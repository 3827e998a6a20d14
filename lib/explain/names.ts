/** What somebody may have meant who named something that is not there. */

import { joinSome } from "../base/sentences.ts";
import { nearestName } from "../base/nearest_name.ts";
import { formatNamespacedName, nameOfKey, type NamespacedName } from "../api/meta.ts";
import { compareTexts } from "../reconcile/claims.ts";
import type { Finding, World } from "./contract.ts";
import { UNREADY_CURE, wrong } from "./findings.ts";

const NAMES_SHOWN_MAX = 5;

/** An object that was looked for. */
export interface Missing {
  /** Such as `IPPool`. */
  readonly what: string;
  readonly name: NamespacedName;
  /** `namespace/name` of those that there are. */
  readonly keys: readonly string[];
}

/**
 * Says that there is no such object, and what there is instead. In standalone, it may be in a manifest that
 * cannot be applied.
 */
export function findMissing(
  { what, name: { namespace, name }, keys }: Missing,
  { unready }: World,
): Finding {
  const says = `there is no ${what} ${formatNamespacedName({ namespace, name })}`;
  if (unready.ok && unready.value.length > 0) {
    return wrong(
      `${says}; standalone is not ready: ${joinSome(unready.value, "; ")}`,
      UNREADY_CURE,
    );
  }
  const sameName = keys.filter((key) => nameOfKey(key).name === name);
  const names = keys.map(nameOfKey);
  const inNamespace = names.filter((each) => each.namespace === namespace);
  const near = nearestName(name, inNamespace.map((each) => each.name)) ??
    nearestName(name, names.map((each) => each.name));
  const meant = sameName.length > 0 ? sameName : keys.filter((key) => nameOfKey(key).name === near);
  if (meant.length > 0) {
    return wrong(`${says}; there is ${joinSome(meant, ", ", NAMES_SHOWN_MAX)}`, "name that one");
  }
  if (keys.length === 0) return wrong(`${says}, nor any other`, "create it");
  const list = joinSome([...keys].sort(compareTexts), ", ", NAMES_SHOWN_MAX);
  return wrong(`${says}; there are ${list}`, "name one of these, or create it");
}
