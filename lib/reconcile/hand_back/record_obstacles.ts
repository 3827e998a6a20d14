/**
 * Entries of a pool's record with which the Go program does not come up: it takes each into a table of the
 * addresses between `start` and `end` without excluded and reserved ones, and gives up at the first that is
 * not in it.
 */

import { EXCLUDED_MARK, type IPPool, RESERVED_MARK } from "../../api/ippool/ippool.ts";
import { type JsonPatchStep, pointerStep } from "../../api/json_patch.ts";
import { keyOf, type Observed } from "../../api/meta.ts";
import { addressRangeOf, isClientAddress } from "../../ipam/address_range.ts";
import {
  formatIpv4Address,
  type Ipv4Address,
  ipv4AddressFromNumber,
  parseIpv4Address,
} from "../../net/ipv4_address.ts";
import { parseMacAddress } from "../../net/mac_address.ts";
import type { Ipv4Settings } from "../../api/ippool/ipv4_config.ts";
import { patchCommand } from "./commands.ts";
import type { Obstacle } from "./obstacle.ts";

/** As many as the definition of this version takes. */
const EXCLUDE_MAX = 3000;

export function recordObstaclesOf(pool: Observed<IPPool>): readonly Obstacle[] {
  if (!pool.parsed.ok) return [];
  const { spec, status } = pool.parsed.value;
  const settings = spec.ipv4Config;
  const range = addressRangeOf(settings);
  if (!range.ok) return [];
  const outside: Ipv4Address[] = [];
  const others: Obstacle[] = [];
  for (const [key, value] of Object.entries(status?.ipv4?.allocated ?? {})) {
    if (value === EXCLUDED_MARK || value === RESERVED_MARK) continue;
    const address = parseIpv4Address(key);
    const kind = address === undefined ? "outside" : range.value.kindOf(address);
    const isReadable = address !== undefined && parseMacAddress(value) !== undefined;
    if (isReadable && kind === "allocatable") continue;
    if (isReadable && kind === "outside" && isClientAddress(settings, address)) {
      outside.push(address);
    } else others.push(strayEntry(pool, [key, value], isReadable));
  }
  return outside.length === 0 ? others : [growth(pool, settings, outside), ...others];
}

/** An entry that can only be taken away. */
function strayEntry(
  { object }: Observed<IPPool>,
  [key, value]: readonly [string, string],
  isBinding: boolean,
): Obstacle {
  const path = `/status/ipv4/allocated/${pointerStep(key)}`;
  const patch: readonly JsonPatchStep[] = [{ op: "test", path, value }, { op: "remove", path }];
  return {
    about: `IPPool ${keyOf(object)}`,
    says: isBinding
      ? `its record binds ${key}, which is excluded, reserved or no address of a client, and the Go ` +
        "program does not come up with it; this controller gives its VM another address"
      : `its record has an entry ${
        JSON.stringify(key)
      } that is no binding, and the Go program does ` +
        "not come up with it",
    commands: [patchCommand(object, "--subresource=status --type=json", patch)],
  };
}

/** Bindings outside of the range: it grows over them, and what lies between is excluded. */
function growth(
  { object }: Observed<IPPool>,
  { start, end, exclude, serverIp, router }: Ipv4Settings,
  outside: readonly Ipv4Address[],
): Obstacle {
  const first = Math.min(start, ...outside);
  const last = Math.max(end, ...outside);
  const used = new Set<number>([...outside, serverIp, router ?? serverIp, ...exclude]);
  const isListed = (start - first) + (last - end) <= EXCLUDE_MAX;
  const between = isListed
    ? [...numbers(first, start - 1), ...numbers(end + 1, last)].filter((each) => !used.has(each))
    : [];
  const isFit = isListed && exclude.length + between.length <= EXCLUDE_MAX;
  const pool = {
    ...(first < start ? { start: addressText(first) } : {}),
    ...(last > end ? { end: addressText(last) } : {}),
    ...(isFit && between.length > 0 ? { exclude: [...exclude, ...between].map(addressText) } : {}),
  };
  const which = outside.length === 1
    ? `${addressText(outside[0]!)} is in use and not in its range`
    : `${outside.length} addresses such as ${
      addressText(outside[0]!)
    } are in use and not in its range`;
  const after = isFit
    ? "the range grows over it, and what lies between is excluded"
    : "the range grows over it, so what lies between is handed out as well";
  return {
    about: `IPPool ${keyOf(object)}`,
    says: `${which}, and the Go program does not come up with it; ${after}`,
    commands: [patchCommand(object, "--type=merge", { spec: { ipv4Config: { pool } } })],
  };
}

function numbers(first: number, last: number): readonly number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
}

function addressText(address: number): string {
  return formatIpv4Address(ipv4AddressFromNumber(address));
}
