/** Plans the pools that are made along with VM networks. */

import type { JsonObject } from "../../base/json.ts";
import type { Note } from "../../api/event_note.ts";
import type { IPPool } from "../../api/ippool/ippool.ts";
import { keyOf, type KubeObject, namespacedNameOf, type Observed } from "../../api/meta.ts";
import type { NetworkAttachmentDefinition } from "../../api/network_attachment_definition.ts";
import { formatIpv4Address } from "../../net/ipv4_address.ts";
import { AUTO_IPPOOL } from "../names.ts";
import { networkOfPool, objectOf } from "../raw_fields.ts";
import { isAsMade, makeAutoIPPool } from "./auto_ippool_object.ts";
import { causeOf, describeOutdated, routeDifference } from "./route_difference.ts";
import { type AutoIPPoolPolicy, type OwnPool, type Wish, wishOf } from "./wish.ts";

/** Everything that the pool of a network follows from. */
export interface AutoIPPoolWorld {
  /** The network; `undefined` when there is none. */
  readonly nad: NetworkAttachmentDefinition | undefined;
  readonly policy: AutoIPPoolPolicy;
  /** The pool of the network's namespace and name. */
  readonly pool: Observed<IPPool> | undefined;
  /** Keys of the other pools that serve the network. */
  readonly others: readonly string[];
  /** Whether a VM names the network; costly where many do. */
  hasVms(): boolean;
}

/** What is to be done. */
export type AutoIPPoolStep =
  | { readonly do: "nothing" }
  | { readonly do: "create"; readonly object: KubeObject }
  | { readonly do: "patch"; readonly patch: JsonObject }
  | { readonly do: "delete" };

/** A step, and what the author of the network should know. */
export interface AutoIPPoolPlan {
  readonly step: AutoIPPoolStep;
  /** About the network. Tell it once, for as long as it stays. */
  readonly note?: Note;
}

/** How a refusal of the API server is told. */
export function refusedNote(step: AutoIPPoolStep["do"], key: string, message: string): Note {
  const note = `cannot ${step} ippool ${key} for this network: ${message}`;
  return { type: "Warning", reason: "AutoIPPoolRefused", note };
}

const NOTHING: AutoIPPoolPlan = { step: { do: "nothing" } };

/**
 * Plans the pool of one network. Only pools that carry the label are touched, and only while no VM can
 * have an address of them: a pool that is being deleted cannot be had back.
 */
export function planAutoIPPool(world: AutoIPPoolWorld): AutoIPPoolPlan {
  const { nad, pool, policy } = world;
  const isOurs = pool !== undefined && causeOf(pool.object) !== undefined;
  const own = isOurs ? ownPoolOf(pool) : undefined;
  const wish: Wish = nad === undefined || nad.metadata.deletionTimestamp !== undefined
    ? { is: "unwanted" }
    : wishOf(nad, { policy, own });
  if (wish.is !== "wanted") {
    const isRemovable = isOurs && wish.is === "unwanted" && isFree(pool, world);
    const refusalOf = (problem: string) =>
      isOurs && !isRemovable ? notChanged(keyOf(pool.object), problem) : notMade(problem);
    return {
      ...(isRemovable ? { step: { do: "delete" } } as const : NOTHING),
      ...(wish.problem === undefined ? {} : { note: refusalOf(wish.problem) }),
    };
  }
  if (pool === undefined) return planNewPool(nad!, wish, world.others);
  return isOurs ? planOwnPool(nad!, wish, { ...world, pool }) : planForeignPool(nad!, pool);
}

type Wanted = Extract<Wish, { is: "wanted" }>;

function planNewPool(
  nad: NetworkAttachmentDefinition,
  wish: Wanted,
  others: readonly string[],
): AutoIPPoolPlan {
  // Whoever made that pool has chosen.
  if (others.length > 0) return NOTHING;
  const made = makeAutoIPPool(namespacedNameOf(nad), wish);
  if (!made.ok) return { ...NOTHING, note: notMade(made.problem) };
  return { step: { do: "create", object: made.object } };
}

function planForeignPool(
  nad: NetworkAttachmentDefinition,
  pool: Observed<IPPool>,
): AutoIPPoolPlan {
  const network = networkOfPool(pool);
  if (network === keyOf(nad)) return NOTHING;
  const problem = `ippool ${keyOf(nad)} exists already and serves VM network ${
    network ?? "(none)"
  }`;
  return { ...NOTHING, note: notMade(problem) };
}

function planOwnPool(
  nad: NetworkAttachmentDefinition,
  { cause, route }: Wanted,
  world: AutoIPPoolWorld & { readonly pool: Observed<IPPool> },
): AutoIPPoolPlan {
  const { pool } = world;
  const { metadata } = pool.object;
  // A new one is made when this one is gone.
  if (metadata.deletionTimestamp !== undefined || !pool.parsed.ok) return NOTHING;
  const patch = patchOf(pool, { cause, route });
  const made = makeAutoIPPool(namespacedNameOf(nad), { cause, route });
  if (!made.ok) return { ...NOTHING, note: notChanged(keyOf(nad), made.problem) };
  const difference = routeDifference(pool.parsed.value.spec.ipv4Config, route);
  if (difference === undefined) {
    return patch === undefined ? NOTHING : { step: { do: "patch", patch } };
  }
  if (isFree(pool, world) && isAsMade(pool.object)) return { step: { do: "delete" } };
  return { ...NOTHING, note: notFollowed(keyOf(nad), difference) };
}

/** What may change in place: the cause, and a router where there was none. */
function patchOf(
  pool: Observed<IPPool>,
  { cause, route: { gateway } }: Pick<Wanted, "cause" | "route">,
): JsonObject | undefined {
  const labels = causeOf(pool.object) === cause ? undefined : { [AUTO_IPPOOL]: cause };
  const config = objectOf(objectOf(pool.object.spec).ipv4Config);
  const router = gateway === undefined || config.router !== undefined
    ? undefined
    : formatIpv4Address(gateway);
  if (labels === undefined && router === undefined) return undefined;
  return {
    ...(labels && { metadata: { labels } }),
    ...(router && { spec: { ipv4Config: { router } } }),
  };
}

/** Whether no VM has an address of the pool, nor could have had one. */
function isFree(
  { object }: Observed<IPPool>,
  { hasVms }: Pick<AutoIPPoolWorld, "hasVms">,
): boolean {
  const { allocated } = objectOf(objectOf(object.status).ipv4);
  const values = Object.values(objectOf(allocated));
  return object.metadata.deletionTimestamp === undefined &&
    values.every((value) => value === "EXCLUDED" || value === "RESERVED") && !hasVms();
}

function ownPoolOf(pool: Observed<IPPool>): OwnPool {
  const { serverIP } = objectOf(objectOf(pool.object.spec).ipv4Config);
  return {
    cause: causeOf(pool.object) ?? "",
    serverIp: typeof serverIP === "string" ? serverIP : "",
  };
}

function notMade(problem: string): Note {
  const note = `no ippool is made for this network: ${problem}`;
  return { type: "Warning", reason: "AutoIPPoolRefused", note };
}

function notChanged(key: string, problem: string): Note {
  const note = `ippool ${key}, which was made for this network, stays as it is: ${problem}`;
  return { type: "Warning", reason: "AutoIPPoolRefused", note };
}

function notFollowed(key: string, difference: string): Note {
  return { type: "Warning", reason: "AutoIPPoolOutdated", note: describeOutdated(key, difference) };
}
