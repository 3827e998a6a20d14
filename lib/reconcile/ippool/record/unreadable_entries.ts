/**
 * Entries of a record at an address that are neither a binding nor a mark. Agents of the Go version stop
 * at one, and its address serves nobody, so it goes when nobody has claimed it for a day.
 */

import { isJsonObject } from "../../../base/json.ts";
import { joinSome } from "../../../base/sentences.ts";
import type { Note } from "../../../api/event_note.ts";
import { showValue } from "../../../api/field_reader.ts";
import type { KubeObject } from "../../../api/meta.ts";
import { formatIpv4Address, type Ipv4Address } from "../../../net/ipv4_address.ts";
import type { NetworkClaims } from "../../claims.ts";
import type { WantedCondition } from "../../conditions.ts";
import { objectOf } from "../../raw_fields.ts";
import type { PoolView } from "../pool_view.ts";

/** Type of the condition that is there while an entry is to go. It keeps since when: its last update. */
export const RECORD_READABLE = "RecordReadable";

const KEPT_MS = 24 * 60 * 60_000;
/** From the end of a wait that was wrong to the next one. */
const ANEW_MS = 1000;
const SHOWN_MAX = 5;

/** What is known about entries that cannot be read. */
export interface EntriesWorld {
  readonly pool: PoolView;
  readonly claims: NetworkClaims;
  /** Whether an object has a NIC on the network whose MAC cannot be read and is written like this. */
  readonly isMacNamed: (network: string, text: string) => boolean;
  readonly nowIso: string;
}

/** What becomes of the entries that nobody claims. */
export interface EntriesPlan {
  /** Addresses whose entries go now. */
  readonly outdated: readonly Ipv4Address[];
  readonly conditions: readonly WantedCondition[];
  readonly notes: readonly Note[];
  /** When to plan again; `undefined` when none is to go. */
  readonly waitMs?: number;
}

const NOTHING: EntriesPlan = { outdated: [], conditions: [], notes: [] };

/** Plans which entries go. They wait together: each further one lets all wait for a day. */
export function planUnreadableEntries(world: EntriesWorld): EntriesPlan {
  const { pool: { object, deleting }, nowIso } = world;
  const unclaimed = unclaimedEntriesOf(world);
  if (deleting || unclaimed.length === 0) return NOTHING;
  const shown = joinSome(unclaimed.map(([address, text]) => show(address, text)), ", ", SHOWN_MAX);
  const message =
    `not a MAC address: ${shown}; such an entry goes when it has been claimed by no ` +
    "VirtualMachineNetworkConfig for a day";
  const ageMs = ageMsOf(object, message, nowIso);
  // The clock has gone back. Without its condition, the next plan begins anew.
  if (ageMs < 0) return { ...NOTHING, waitMs: ANEW_MS };
  const waitMs = KEPT_MS - ageMs;
  if (waitMs > 0) {
    const condition = { status: "False", reason: "UnreadableEntries", message } as const;
    return { ...NOTHING, conditions: [{ type: RECORD_READABLE, ...condition }], waitMs };
  }
  const note = `took out of the record what was not a MAC address: ${shown}; no ` +
    "VirtualMachineNetworkConfig has claimed it for a day";
  return {
    ...NOTHING,
    outdated: unclaimed.map(([address]) => address),
    notes: [{ type: "Normal", reason: "EntryRemoved", note }],
  };
}

function unclaimedEntriesOf(
  { pool: { network, record }, claims: { owners, held }, isMacNamed }: EntriesWorld,
): readonly (readonly [Ipv4Address, string])[] {
  if (record.unreadableAt.size === 0 || network === undefined) return [];
  const claimed = new Set([...owners.values(), ...held.values()].map(({ told }) => told));
  return [...record.unreadableAt].filter(([address, text]) =>
    !claimed.has(address) && !isMacNamed(network, text)
  );
}

/** For how long the condition has said this. */
function ageMsOf({ status }: KubeObject, message: string, nowIso: string): number {
  const { conditions } = objectOf(status);
  const known = (Array.isArray(conditions) ? conditions : []).filter(isJsonObject)
    .find((condition) => condition.type === RECORD_READABLE && condition.message === message);
  const sinceMs = Date.parse(String(known?.lastUpdateTime ?? nowIso));
  return Number.isNaN(sinceMs) ? 0 : Date.parse(nowIso) - sinceMs;
}

function show(address: Ipv4Address, text: string): string {
  return `${showValue(text)} at ${formatIpv4Address(address)}`;
}
