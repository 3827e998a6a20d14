/** One watch: a request with an endless answer, one JSON object per line. */

import { asJsonObject, type JsonObject, parseJson } from "../../base/json.ts";
import type { Clock } from "../../base/clock.ts";
import type { ResourceType } from "../../api/meta.ts";
import { StatusError, type WatchEvent } from "../contract.ts";
import { Deadline } from "../../base/abort.ts";
import { asKubeObject } from "./kube_objects.ts";
import { LineSplitter, readChunks, readText } from "./response_body.ts";
import { statusErrorOfObject, statusErrorOfResponse } from "./status_error.ts";
import { describeRequest, type RequestSender, type TransportRequest } from "./transport.ts";
import { TransportError, transportErrorOf } from "./transport_error.ts";

/** Silence after which a watch counts as dead, unless the caller says otherwise. */
export const WATCH_IDLE_MS_MAX = 90_000;

/** What a watch needs. */
export interface WatchStreamOptions {
  readonly request: TransportRequest;
  readonly transport: RequestSender;
  readonly clock: Clock;
  readonly type: ResourceType;
  readonly idleMsMax?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens a watch and gives its events until the server ends it or the signal aborts.
 *
 * Nothing below tells of a connection that is dead without a word: the runtime sends no TCP
 * keepalive. So the watch has to be live by bytes, of which bookmarks give some every minute.
 *
 * @throws {StatusError} when the server refuses the watch.
 * @throws {TransportError} when it breaks, falls silent, or sends what is no event.
 */
export async function* watchEvents(options: WatchStreamOptions): AsyncGenerator<WatchEvent> {
  const { request, clock, type, idleMsMax = WATCH_IDLE_MS_MAX, signal } = options;
  const idle = new Deadline({ clock, ms: idleMsMax, signal });
  try {
    for await (const line of readLines(await openStream(options, idle), idle)) {
      yield parseWatchEvent(line, type);
    }
  } catch (error) {
    if (error instanceof StatusError) throw error;
    if (idle.expired) {
      const problem = `nothing came for ${idleMsMax / 1000} s`;
      throw new TransportError(describeRequest(request), "timeout", problem);
    }
    if (signal?.aborted) return;
    throw transportErrorOf(describeRequest(request), error);
  } finally {
    idle.close();
  }
}

async function openStream(
  { request, transport }: WatchStreamOptions,
  idle: Deadline,
): Promise<ReadableStream<Uint8Array>> {
  const response = await transport.send(request, idle.signal);
  if (response.ok && response.body !== null) return response.body;
  throw statusErrorOfResponse({
    request: describeRequest(request),
    code: response.status,
    retryAfter: response.headers.get("retry-after"),
    body: await readText(response, idle.signal),
  });
}

async function* readLines(
  stream: ReadableStream<Uint8Array>,
  idle: Deadline,
): AsyncGenerator<string> {
  const splitter = new LineSplitter();
  for await (const chunk of readChunks(stream, idle.signal)) {
    idle.extend();
    yield* splitter.push(chunk);
  }
  const rest = splitter.end();
  if (rest !== "") yield rest;
}

/**
 * Reads one line of a watch.
 *
 * @throws {Error} when the line is no event, without repeating what it says.
 */
function parseWatchEvent(line: string, type: ResourceType): WatchEvent {
  const event = asJsonObject(parseJson(line));
  switch (event?.["type"]) {
    case "ADDED":
    case "MODIFIED":
    case "DELETED":
      return { type: event["type"], object: asKubeObject(event["object"], type) };
    case "BOOKMARK":
      return bookmarkOf(asJsonObject(asJsonObject(event["object"])?.["metadata"]));
    case "ERROR":
      return { type: "ERROR", error: statusErrorOfObject(event["object"]) };
    default:
      throw new Error("the API server sent a line that is no watch event");
  }
}

function bookmarkOf(metadata: JsonObject | undefined): WatchEvent {
  const resourceVersion = metadata?.["resourceVersion"];
  if (typeof resourceVersion !== "string" || resourceVersion === "") {
    throw new Error("the API server sent a bookmark without metadata.resourceVersion");
  }
  const ends = asJsonObject(metadata?.["annotations"])?.["k8s.io/initial-events-end"] === "true";
  return { type: "BOOKMARK", resourceVersion, ...(ends ? { endsInitialEvents: true } : {}) };
}
