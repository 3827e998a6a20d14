/** One watch: a request with an endless answer, one JSON object per line. */

import { asJsonObject, type JsonObject } from "../../base/json.ts";
import type { Clock } from "../../base/clock.ts";
import { parseInSteps } from "../../base/json/json_steps.ts";
import { Turns } from "../../base/turns.ts";
import type { KubeObject, ResourceType } from "../../api/meta.ts";
import { type Extract, StatusError, type WatchEvent, type WatchOptions } from "../contract.ts";
import { Deadline } from "../../base/abort.ts";
import { refusalOf } from "./answer.ts";
import { type AnswerLimits, AnswerMeter, OBJECT_LIMITS, sizeOf } from "./answer_limits.ts";
import { kubeObjectOf, versionOf } from "./kube_objects.ts";
import { Pace } from "../../base/pace.ts";
import { ownEventOf } from "./own_events.ts";
import { LineSplitter, readChunks } from "./response_body.ts";
import { statusErrorOfObject } from "./status_error.ts";
import {
  describeRequest,
  type RequestSender,
  type TransportRequest,
} from "./transport/transport.ts";
import { TransportError, transportErrorOf } from "./transport/transport_error.ts";

/** Silence after which a watch counts as dead, unless the caller says otherwise. */
export const WATCH_IDLE_MS_MAX = 90_000;

/** Time in which a line has to be complete, before what comes of it no longer counts. */
const LINE_MS_MAX = 15_000;

const LINE_FEED = 0x0a;

/** What a watch needs. */
export interface WatchStreamOptions {
  readonly request: TransportRequest;
  readonly transport: RequestSender;
  readonly clock: Clock;
  readonly type: ResourceType;
  /** Whether the watch begins with all objects that there are. */
  readonly isListed: boolean;
  /** For all of these together; absent where they may be any size. */
  readonly listLimits?: AnswerLimits | undefined;
  readonly idleMsMax?: number | undefined;
  /** Makes of each object what is kept of it. */
  readonly extract: Extract;
  readonly known?: WatchOptions["known"] | undefined;
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
  const { request, clock, idleMsMax = WATCH_IDLE_MS_MAX, signal } = options;
  const idle = new Deadline({ clock, ms: idleMsMax, signal });
  try {
    const stream = await openStream(options, idle);
    const meter = new WatchMeter(options);
    const turns = new Turns(clock);
    for await (const line of readLines(stream, { idle, meter, clock, turns })) {
      const event = await ownEventOf(line, options.known) ??
        watchEventOf(await parseLine(line, turns), options);
      if (event.type === "BOOKMARK" && event.endsInitialEvents === true) meter.endList();
      yield event;
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
  throw await refusalOf(request, response, idle.signal);
}

/** Counts single objects, and all of them while they are those that a watch begins with. */
class WatchMeter {
  readonly #object = new AnswerMeter(OBJECT_LIMITS);
  readonly #list: AnswerMeter | undefined;
  #isList: boolean;

  constructor({ isListed, listLimits }: Pick<WatchStreamOptions, "isListed" | "listLimits">) {
    this.#list = listLimits && new AnswerMeter(listLimits);
    this.#isList = isListed;
  }

  /** @throws {AnswerTooLargeError} when it is too much. */
  add(chunk: Uint8Array): void {
    if (this.#isList) this.#list?.count(sizeOf(chunk));
    const end = chunk.indexOf(LINE_FEED);
    this.#object.count(sizeOf(end < 0 ? chunk : chunk.subarray(0, end)));
    if (end < 0) return;
    // What begins and ends within a chunk is small.
    this.#object.reset();
    this.#object.count(sizeOf(chunk.subarray(chunk.lastIndexOf(LINE_FEED) + 1)));
  }

  /** Whether this is still the list that a watch may begin with. */
  get isList(): boolean {
    return this.#isList;
  }

  endList(): void {
    this.#isList = false;
  }
}

async function* readLines(
  stream: ReadableStream<Uint8Array>,
  { idle, meter, clock, turns }: {
    readonly idle: Deadline;
    readonly meter: WatchMeter;
    readonly clock: Clock;
    readonly turns: Turns;
  },
): AsyncGenerator<string> {
  const splitter = new LineSplitter();
  let lineSinceMs = clock.monotonicMs();
  const pace = new Pace(lineSinceMs);
  for await (const chunk of readChunks(stream, idle.signal)) {
    const startMs = clock.monotonicMs();
    meter.add(chunk);
    const lines = splitter.push(chunk);
    const nowMs = clock.monotonicMs();
    if (lines.length > 0 || !splitter.isWithinLine) lineSinceMs = nowMs;
    // A line that never ends is as silent as no line.
    if (nowMs - lineSinceMs < LINE_MS_MAX) idle.extend();
    if (splitter.isWithinLongLine) await turns.rest();
    yield* lines;
    // What became of the lines is part of it: nobody waits between two of them.
    const restMs = pace.restAfter(startMs, clock.monotonicMs());
    // Nothing works before a list is complete, and there is a limit to its objects.
    if (restMs > 0 && !meter.isList) await clock.sleep(restMs, idle.signal);
  }
  const rest = splitter.end();
  if (rest !== "") yield rest;
}

/** The JSON of a line; `undefined` when it is none. */
async function parseLine(line: string, turns: Turns): Promise<unknown> {
  try {
    const parsed = turns.run(parseInSteps(line));
    if (!(parsed instanceof Promise)) return parsed;
    const value = await parsed;
    // What becomes of a large object has a turn of its own.
    await turns.rest();
    return value;
  } catch {
    return undefined;
  }
}

/**
 * Reads one line of a watch.
 *
 * @throws {Error} when the line is no event, without repeating what it says.
 */
function watchEventOf(
  value: unknown,
  { type, extract }: Pick<WatchStreamOptions, "type" | "extract">,
): WatchEvent {
  const event = asJsonObject(value);
  switch (event?.["type"]) {
    case "ADDED":
    case "MODIFIED":
    case "DELETED":
      return eventOf(event["type"], kubeObjectOf(event["object"], type, extract));
    case "BOOKMARK":
      return bookmarkOf(asJsonObject(asJsonObject(event["object"])?.["metadata"]));
    case "ERROR":
      return { type: "ERROR", error: statusErrorOfObject(event["object"]) };
    default:
      throw new Error("the API server sent a line that is no watch event");
  }
}

function eventOf(
  type: "ADDED" | "MODIFIED" | "DELETED",
  object: KubeObject | undefined,
): WatchEvent {
  return object === undefined ? { type: "NAMELESS" } : { type, object };
}

function bookmarkOf(metadata: JsonObject | undefined): WatchEvent {
  const resourceVersion = versionOf(metadata) ?? "";
  if (resourceVersion === "") return { type: "NAMELESS" };
  const ends = asJsonObject(metadata?.["annotations"])?.["k8s.io/initial-events-end"] === "true";
  return { type: "BOOKMARK", resourceVersion, ...(ends ? { endsInitialEvents: true } : {}) };
}
