/** Reads what agents serve under `/leases` and `/unknown`. */

import {
  asJsonObject,
  defined,
  isJsonObject,
  type JsonObject,
  parseJson,
  stringAt,
} from "../base/json.ts";
import { formatMacAddress, parseMacAddress } from "../net/mac_address.ts";
import type { AskingMachine } from "../reconcile/agent_report.ts";
import type { AgentLease, LastAsked, Objects, Reading } from "./contract.ts";

const NO_DUMP = "what it serves there cannot be read";

/**
 * Reads `/leases?verbose=1`: by MAC, a text with JSON of what its client is told. Those of the Go program do
 * not say when clients asked.
 */
export function parseLeases(text: string): Reading<ReadonlyMap<string, AgentLease>> {
  const root = asJsonObject(parseJson(text));
  if (root === undefined) return { ok: false, why: NO_DUMP };
  const leases = new Map<string, AgentLease>();
  for (const [key, value] of Object.entries(root)) {
    const mac = parseMacAddress(key);
    const lease = typeof value === "string" ? asJsonObject(parseJson(value)) : undefined;
    if (mac === undefined || lease === undefined) continue;
    leases.set(formatMacAddress(mac), {
      address: stringAt(lease, "ClientIP"),
      ...defined({ lastAsked: lastAskedOf(lease.LastSeen) }),
    });
  }
  return { ok: true, value: leases };
}

function lastAskedOf(seen: unknown): LastAsked | null | undefined {
  if (!isJsonObject(seen)) return seen === null ? null : undefined;
  return {
    time: stringAt(seen, "Time"),
    type: stringAt(seen, "Type"),
    outcome: stringAt(seen, "Outcome"),
    count: countOf(seen.Count),
  };
}

/** Reads `/unknown`: by pool, the unknown machines that ask. @param pool `namespace/name`. */
export function parseUnknown(text: string, pool: string): Objects<AskingMachine> {
  const root = asJsonObject(parseJson(text));
  if (root === undefined) return { ok: false, why: NO_DUMP };
  const list = Object.hasOwn(root, pool) ? root[pool] : [];
  const machines = Array.isArray(list) ? list.filter(isJsonObject).map(machineOf) : [];
  return { ok: true, value: machines };
}

function machineOf(machine: JsonObject): AskingMachine {
  const text = (key: string) => stringAt(machine, key);
  return {
    macAddress: text("macAddress"),
    count: countOf(machine.count),
    firstSeen: text("firstSeen"),
    lastSeen: text("lastSeen"),
    lastMessage: text("lastMessage"),
    interface: text("interface"),
    ...defined({
      vendorClass: text("vendorClass") || undefined,
      hostname: text("hostname") || undefined,
    }),
  };
}

function countOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
