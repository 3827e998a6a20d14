/** GET with `watch`: a stream of changes (Kubernetes documentation "API concepts, Watch"). */

import type { ApiContext } from "./api_context.ts";
import type { Change } from "../store/queries.ts";
import type { ReadRequest } from "./read_objects.ts";
import { parseCount, parseIncludeObject } from "../request/request_options.ts";
import type { CollectionTarget } from "../request/route.ts";
import { parseSelection, selectedTexts } from "../request/selection.ts";
import { ApiError, forbiddenValue, invalid } from "../http/status.ts";
import { WatchEventFormatter } from "./watch_events.ts";
import { WatchStream } from "./watch_stream.ts";

/** How long a watch lasts by default. */
const WATCH_SECONDS_DEFAULT = 1800;
const WATCH_SECONDS_MAX = 24 * 3600;
/** Clients take 90 seconds of silence for a dead connection. */
const BOOKMARK_MS = 50_000;

/**
 * Opens a watch. Without a `resourceVersion`, or with "0", it starts with the present objects.
 *
 * @returns The body of the answer, which ends after its time or with the hub.
 * @throws {ApiError} 400 or 422 for malformed parameters.
 */
export function watchObjects(
  context: ApiContext,
  target: CollectionTarget,
  { query, form }: ReadRequest,
): WatchStream {
  const { store, nowMs } = context;
  const { resource } = target;
  const since = parseCount(query, "resourceVersion") ?? 0;
  const sendsInitialEvents = parseSendInitialEvents(query) || since === 0;
  const selection = parseSelection(target, query);
  const includeObject = parseIncludeObject(query);
  const tableOptions = () => ({ includeObject, nowMs: nowMs() });
  const formatter = new WatchEventFormatter({ resource, selection, form, tableOptions });
  const allowsBookmarks = isTrue(query.get("allowWatchBookmarks"));

  const stream = open(context, { query, formatter, allowsBookmarks, storage: resource.storage });
  if (sendsInitialEvents) {
    const lines = selectedTexts(store, resource, selection)
      .map((text) => formatter.line("ADDED", text));
    if (allowsBookmarks) lines.push(formatter.bookmark(store.revision, true));
    stream.pushInitial(lines);
  } else {
    const missed = changesSince(context, resource.storage, since);
    if (missed === undefined) {
      stream.pushInitial([expiredLine(since, store.revision)]);
      stream.end();
    } else {
      stream.pushInitial(missed.flatMap((change) => formatter.lineOf(change) ?? []));
    }
  }
  return stream;
}

interface Opening {
  readonly query: URLSearchParams;
  readonly formatter: WatchEventFormatter;
  readonly allowsBookmarks: boolean;
  readonly storage: string;
}

function open(
  { store, hub }: ApiContext,
  { query, formatter, allowsBookmarks, storage }: Opening,
): WatchStream {
  const seconds = parseCount(query, "timeoutSeconds") || WATCH_SECONDS_DEFAULT;
  const timeout = setTimeout(() => stream.end(), Math.min(seconds, WATCH_SECONDS_MAX) * 1000);
  const bookmarks = allowsBookmarks
    ? setInterval(() => stream.push(formatter.bookmark(store.revision, false)), BOOKMARK_MS)
    : undefined;
  let unsubscribe = () => {};
  const stream = new WatchStream(() => {
    clearTimeout(timeout);
    clearInterval(bookmarks);
    unsubscribe();
  });
  unsubscribe = hub.subscribe(storage, {
    onChange: (change) => {
      const line = formatter.lineOf(change);
      if (line !== undefined) stream.push(line, formatter.originOf(change));
    },
    onClose: () => stream.end(),
  });
  return stream;
}

function changesSince(
  { store, hub }: ApiContext,
  storage: string,
  since: number,
): readonly Change[] | undefined {
  // A revision of the future means that an older backup has replaced the database.
  return since > store.revision ? undefined : hub.changesSince(storage, since);
}

/** As in kube-apiserver, the watch itself is granted and its only event is the refusal. */
function expiredLine(since: number, current: number): string {
  const error = new ApiError(410, "Expired", `too old resource version: ${since} (${current})`);
  return `${JSON.stringify({ type: "ERROR", object: error.toStatus() })}\n`;
}

function parseSendInitialEvents(query: URLSearchParams): boolean {
  const match = query.get("resourceVersionMatch") ?? "";
  const isGiven = query.has("sendInitialEvents");
  if (isGiven ? match === "NotOlderThan" : match === "") {
    return isTrue(query.get("sendInitialEvents"));
  }
  const why = isGiven
    ? "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
    : "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided";
  const causes = [forbiddenValue("resourceVersionMatch", why)];
  throw invalid({ kind: "ListOptions", group: "meta.k8s.io" }, "", causes);
}

/** Whether a query parameter is true by the rules of kube-apiserver. */
export function isTrue(text: string | null): boolean {
  return text !== null && !["false", "0"].includes(text.toLowerCase());
}
