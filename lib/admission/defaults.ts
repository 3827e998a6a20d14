/** What a new IPPool gets where its author says nothing, as the webhook of the Go version has it. */

import { isJsonObject, type JsonObject, stringAt, valueAt } from "../base/json.ts";
import type { JsonPatchStep } from "../api/json_patch.ts";
import type { FieldError, KubeObject } from "../api/meta.ts";
import { IPV4_PREFIX } from "../api/text_rules.ts";
import { showValue } from "../api/field_reader.ts";
import { type Cidr, lastAddressOf, parseCidr } from "../net/cidr.ts";
import {
  formatIpv4Address,
  type Ipv4Address,
  ipv4AddressFromNumber,
  parseIpv4Address,
} from "../net/ipv4_address.ts";

/** The steps to make, or why there are none. */
export type Defaults =
  | { readonly ok: true; readonly patch: readonly JsonPatchStep[] }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

const CONFIG = "spec.ipv4Config";

/**
 * Fills in `serverIP`, `pool.start` and `pool.end`: the first host that is neither router nor excluded,
 * and the whole subnet. Server and router are reserved in it. What is there stays, be it right or wrong:
 * the rules speak of it.
 */
export function defaultIPPool(object: KubeObject): Defaults {
  const config = valueAt(object, CONFIG);
  if (!isJsonObject(config)) return { ok: true, patch: [] };
  const pool = config["pool"];
  // What is not an object is for the rules to name.
  const range = isJsonObject(pool) ? pool : pool === undefined || pool === null ? {} : undefined;
  const wantsServer = isBlank(config["serverIP"]);
  const wantsRange = range !== undefined && (isBlank(range["start"]) || isBlank(range["end"]));
  if (!wantsServer && !wantsRange) return { ok: true, patch: [] };
  const cidr = parseCidr(stringAt(config, "cidr"));
  if (cidr === undefined) {
    const given = config["cidr"];
    const message = given === undefined
      ? "is required"
      : `must be ${IPV4_PREFIX.expected}, not ${showValue(given)}`;
    return { ok: false, errors: [{ field: `${CONFIG}.cidr`, message }] };
  }
  const errors: FieldError[] = [];
  const patch: JsonPatchStep[] = [];
  if (wantsRange) {
    const filled = rangeOf(range, cidr);
    if (filled !== undefined) patch.push(stepTo(config, "pool", filled));
    else errors.push({ field: `${CONFIG}.pool`, message: "invalid pool range" });
  }
  if (wantsServer) {
    const server = serverOf(cidr, new Set(maskedOf(config)));
    if (server !== undefined) patch.push(stepTo(config, "serverIP", server));
    else errors.push({ field: `${CONFIG}.serverIP`, message: "fail to assign ip for dhcp server" });
  }
  return errors.length > 0 ? { ok: false, errors } : { ok: true, patch };
}

/** Programs that know the field send it empty when nothing was entered. */
function isBlank(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}

function stepTo(config: JsonObject, key: string, value: unknown): JsonPatchStep {
  // Where the field is missing there is nothing to replace.
  const op = Object.hasOwn(config, key) ? "replace" : "add";
  return { op, path: `/spec/ipv4Config/${key}`, value };
}

/** `undefined` when the subnet has no such range. */
function rangeOf(pool: JsonObject, cidr: Cidr): JsonObject | undefined {
  const first = cidr.network + 1;
  const last = lastAddressOf(cidr) - 1;
  // Of a subnet of one address, at the ends of the address space.
  if (first > 0xffffffff || last < 0) return undefined;
  const start = isBlank(pool["start"]) ? first : parseIpv4Address(stringAt(pool, "start"));
  const end = isBlank(pool["end"]) ? last : parseIpv4Address(stringAt(pool, "end"));
  if (start !== undefined && end !== undefined && start > end) return undefined;
  return {
    ...pool,
    ...(isBlank(pool["start"]) ? { start: formatIpv4Address(ipv4AddressFromNumber(first)) } : {}),
    ...(isBlank(pool["end"]) ? { end: formatIpv4Address(ipv4AddressFromNumber(last)) } : {}),
  };
}

/** The addresses that no server gets. */
function maskedOf(config: JsonObject): readonly (Ipv4Address | undefined)[] {
  const exclude = valueAt(config, "pool.exclude");
  const texts: readonly unknown[] = [config["router"], ...(Array.isArray(exclude) ? exclude : [])];
  return texts.map((text) => typeof text === "string" ? parseIpv4Address(text) : undefined);
}

function serverOf(cidr: Cidr, masked: ReadonlySet<number | undefined>): string | undefined {
  const broadcast = lastAddressOf(cidr);
  // As many steps as there are masked addresses at most, whatever the subnet.
  for (let address = cidr.network + 1; address < broadcast; address++) {
    if (!masked.has(address)) return formatIpv4Address(ipv4AddressFromNumber(address));
  }
  return undefined;
}
