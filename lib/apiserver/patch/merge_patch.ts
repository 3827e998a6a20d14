/** JSON merge patch (RFC 7396). */

import type { JsonObject } from "../../base/json.ts";
import { isJsonObject, ownValue, setOwn } from "../../base/json.ts";

/**
 * Applies a patch as RFC 7396 section 2 describes; neither argument is changed.
 *
 * @returns The patched value; it may share parts with the arguments.
 */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const result: JsonObject = isJsonObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else setOwn(result, key, applyMergePatch(ownValue(result, key), value));
  }
  return result;
}
