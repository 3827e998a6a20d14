/** Watches of the model API server: late, broken off, or silent, but never out of order. */

import type { KubeObject, ResourceType } from "../../../lib/api/meta.ts";
import { StatusError, type WatchEvent, type WatchOptions } from "../../../lib/kube/contract.ts";
import type { Commit } from "./model_api.ts";
import { expired, type ModelClientOptions } from "./model_client.ts";

/** Between two bookmarks of a quiet watch. */
const BOOKMARK_MS = 60_000;

/** One watch of one kind, from its request to its end. */
export async function* watchModel(
  world: ModelClientOptions,
  type: ResourceType,
  options: WatchOptions,
): AsyncGenerator<WatchEvent> {
  const { api, link, clock, wire } = world;
  const { signal } = options;
  signal?.throwIfAborted();
  if (link.isDead) await new Promise(() => {});
  const fate = link.send({ verb: "watch", type, key: "", isWrite: false });
  await wire.sleep(fate.toServerMs);
  const outcome = link.serve({ verb: "watch", type, key: "", isWrite: false }, fate, () => {
    if (options.sendInitialEvents && !link.streamsLists) {
      throw new StatusError(422, "Invalid", "sendInitialEvents is forbidden for watch");
    }
  });
  await clock.sleep(fate.toClientMs, signal);
  signal?.throwIfAborted();
  if (!outcome.ok) throw outcome.error;
  const isAsked = ({ metadata }: KubeObject) =>
    options.namespace === undefined || metadata.namespace === options.namespace;
  let seen: number;
  if (options.sendInitialEvents) {
    seen = options.resourceVersion
      ? link.versionSince(Number(options.resourceVersion))
      : api.version;
    for (const object of api.listAt(type, seen)) {
      if (isAsked(object)) yield { type: "ADDED", object };
    }
    yield { type: "BOOKMARK", resourceVersion: String(seen), endsInitialEvents: true };
  } else {
    seen = options.resourceVersion === undefined ? api.version : Number(options.resourceVersion);
    if (seen < api.compacted) {
      if (link.draw() < 0.5) throw expired();
      yield { type: "ERROR", error: expired() };
      return;
    }
  }
  yield* follow(world, { type, options, seen, isAsked });
}

async function* follow(
  { api, link, clock }: ModelClientOptions,
  { type, options, seen, isAsked }: {
    readonly type: ResourceType;
    readonly options: WatchOptions;
    readonly isAsked: (object: KubeObject) => boolean;
    seen: number;
  },
): AsyncGenerator<WatchEvent> {
  const { signal, timeoutSeconds = 600, idleMsMax = 90_000, allowWatchBookmarks } = options;
  const endMs = clock.monotonicMs() + timeoutSeconds * 1000;
  const cutMs = clock.monotonicMs() + link.watchLifeMs();
  using opened = link.openWatch(type);
  let heardMs = clock.monotonicMs();
  let at = seen;
  opened.note(at);
  while (!signal?.aborted) {
    const nowMs = clock.monotonicMs();
    if (nowMs >= endMs) return;
    if (nowMs >= cutMs || opened.isLost) throw new Error("the watch broke off: connection reset");
    if (link.isCut) {
      // Nothing says that the connection is gone; what comes meanwhile comes after it, or not at all.
      if (nowMs - heardMs >= idleMsMax) throw new Error("the watch is silent");
      await clock.sleep(250, signal);
      continue;
    }
    const next = api.changeAfter(type.plural, at);
    if (next === undefined) {
      const bookmarkMs = heardMs + BOOKMARK_MS;
      await opened.quiet(Math.min(endMs, cutMs, bookmarkMs) - nowMs, { clock, signal });
      if (clock.monotonicMs() < bookmarkMs || !allowWatchBookmarks || link.isCut) continue;
      if (api.changeAfter(type.plural, at) !== undefined) continue;
      at = api.version;
      heardMs = clock.monotonicMs();
      yield { type: "BOOKMARK", resourceVersion: String(at) };
      continue;
    }
    const lateMs = opened.dueMs(next.atMs) - nowMs;
    if (lateMs > 0) {
      await opened.pause(lateMs, { clock, signal });
      continue;
    }
    at = next.version;
    heardMs = nowMs;
    const object = next.after ?? next.gone!;
    if (isAsked(object)) yield { type: typeOf(next), object };
    // The next one is asked for when this one has been taken in.
    opened.note(at);
  }
}

function typeOf({ before, after }: Commit): "ADDED" | "MODIFIED" | "DELETED" {
  if (after === undefined) return "DELETED";
  return before === undefined ? "ADDED" : "MODIFIED";
}
