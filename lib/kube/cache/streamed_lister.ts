/**
 * Gets all objects of a kind as the first events of a watch, where the server can stream lists, and
 * as a list where it cannot.
 */

import { keyOf, type KubeObject } from "../../api/meta.ts";
import type { Logger } from "../../observe/logger.ts";
import { isStatus, StatusError } from "../contract.ts";
import {
  checkCount,
  isAheadOfServer,
  isExpired,
  listAll,
  type Selection,
  selectorsOf,
  type Snapshot,
} from "./lister.ts";

/** The server ends a stream that is not through by then; seconds. */
const STREAM_SECONDS_MAX = 120;

/** Silence after which a stream counts as dead; nothing has to be waited for in it. */
const STREAM_IDLE_MS_MAX = 15_000;

/** Lists a selection, and remembers what the server can do. */
export class StreamedLister {
  readonly #selection: Selection;
  readonly #log: Logger;
  /** `later`: the last stream broke, which must not happen to each list. */
  #streams: "yes" | "later" | "never" = "yes";

  constructor(selection: Selection, log: Logger) {
    this.#selection = selection;
    this.#log = log;
  }

  /**
   * Lists the selection.
   *
   * @param resourceVersion A version that the answer may not be older than. With the empty text it is
   * not older than the request: the API server asks etcd how far it is.
   * @throws {StatusError} or the client's transport error.
   */
  async list(resourceVersion: string, signal: AbortSignal): Promise<Snapshot> {
    if (this.#streams === "yes") {
      try {
        return await streamAll(this.#selection, resourceVersion, signal);
      } catch (error) {
        if (signal.aborted || isExpired(error) || isAheadOfServer(error)) throw error;
        this.#streams = isRefusal(error) ? "never" : "later";
        // Without an answer, or with "too many requests", a list would fail as well.
        if (!(error instanceof StatusError) || error.code === 429) throw error;
        this.#log.log("debug", "the API server does not stream a list", { error });
      }
    }
    const snapshot = await listAll(this.#selection, resourceVersion, signal);
    if (this.#streams === "later") this.#streams = "yes";
    return snapshot;
  }
}

/** Whether the server does not support the request and will not soon. */
function isRefusal(error: unknown): boolean {
  return isStatus(error, 400, 403, 405, 422);
}

async function streamAll(
  selection: Selection,
  resourceVersion: string,
  signal: AbortSignal,
): Promise<Snapshot> {
  const objects = new Map<string, KubeObject>();
  let isWhole = true;
  const events = selection.client.watch(selection.type, {
    ...selectorsOf(selection),
    resourceVersion,
    sendInitialEvents: true,
    allowWatchBookmarks: true,
    timeoutSeconds: STREAM_SECONDS_MAX,
    idleMsMax: STREAM_IDLE_MS_MAX,
    signal,
  });
  for await (const event of events) {
    if (event.type === "ERROR") throw event.error;
    switch (event.type) {
      case "BOOKMARK":
        if (event.endsInitialEvents !== true) break;
        return {
          resourceVersion: event.resourceVersion,
          objects: [...objects.values()],
          isWhole,
        };
      case "NAMELESS":
        isWhole = false;
        break;
      case "DELETED":
        objects.delete(keyOf(event.object));
        break;
      default:
        objects.set(keyOf(event.object), event.object);
        checkCount({ length: objects.size });
    }
  }
  throw new Error("the API server ended a list before its end");
}
