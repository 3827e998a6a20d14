/** What the API filled in when an object was made, for later writes of a manifest that leaves it out. Pure. */

import { asJsonObject, isJsonObject, type JsonObject } from "../base/json.ts";
import type { KubeObject } from "../api/meta.ts";
import { IPPOOLS } from "../api/resources.ts";

/**
 * The wanted object with what was filled in: admission does so for a new pool, and not for a change of one.
 *
 * @param present As it is stored.
 */
export function withFilledIn(wanted: KubeObject, present: KubeObject): KubeObject {
  const spec = asJsonObject(wanted.spec);
  const config = spec?.["ipv4Config"];
  if (wanted.kind !== IPPOOLS.kind || !isJsonObject(config)) return wanted;
  const stored = asJsonObject(asJsonObject(present.spec)?.["ipv4Config"]) ?? {};
  const pool = config["pool"] ?? {};
  const filled = keeping(config, stored, ["serverIP"]);
  const range = isJsonObject(pool)
    ? keeping(pool, asJsonObject(stored["pool"]) ?? {}, ["start", "end"])
    : pool;
  return { ...wanted, spec: { ...spec, ipv4Config: { ...filled, pool: range } } };
}

/** Lays stored values into fields that are missing or empty. */
function keeping(wanted: JsonObject, stored: JsonObject, keys: readonly string[]): JsonObject {
  const left = keys.filter((key) => (wanted[key] ?? "") === "" && stored[key] !== undefined);
  return { ...wanted, ...Object.fromEntries(left.map((key) => [key, stored[key]])) };
}
