/** Tells users about objects through Kubernetes Events, without ever blocking the caller. */

import { formatInstant } from "../../base/rfc3339.ts";
import { errorOf } from "../../base/errors.ts";
import { ExponentialBackoff } from "../../base/backoff.ts";
import type { Clock } from "../../base/clock.ts";
import { CORE_EVENTS } from "../../api/resources.ts";
import { keyOf, type KubeObject, namespacedNameOf } from "../../api/meta.ts";
import type { Logger } from "../../observe/logger.ts";
import type { Counter, MetricRegistry } from "../../observe/metrics.ts";
import {
  type EventNote,
  type EventRecorder,
  isNamespaceGoing,
  isStatus,
  type KubeClient,
  StatusError,
} from "../contract.ts";
import { Deadline } from "../../base/abort.ts";
import { eventObjectOf, type EventRepetitions } from "./event_object.ts";
import { type EventSeries, EventSeriesMemory } from "./event_series.ts";
import { type RateLimit, TokenBucket } from "../../base/token_bucket.ts";

/** Events that wait to be sent; more are dropped. */
const QUEUE_EVENTS_MAX = 1000;

/** After so long a refusal is logged again. */
const REFUSAL_LINE_MS = 3600_000;

/** The server is told of repetitions this often at most. */
const SERIES_WRITE_MS = 5 * 60_000;

/** Events are a courtesy: they must not take the API server's attention from the work. */
const RATE: RateLimit = { perSecond: 5, burst: 25 };

/** While the API is away, for as many attempts as client-go makes. */
const BACKOFF = { initialMs: 1000, msMax: 30_000 } as const;
const ATTEMPTS_MAX = 12;

/** Time that `close` takes at most. */
const FLUSH_MS_MAX = 2000;

/** What a recorder needs from outside. */
export interface EventRecorderOptions {
  readonly client: Pick<KubeClient, "create" | "mergePatch">;
  /** Name of this process, such as the pod's name. */
  readonly reportingInstance: string;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
  readonly registry: MetricRegistry;
}

/** An {@link EventRecorder} that sends what it has before it ends. */
export interface ClosableEventRecorder extends EventRecorder {
  /** Sends what waits, for at most two seconds; nothing is recorded any more. */
  close(): Promise<void>;
}

/** Makes a recorder. */
export function createEventRecorder(options: EventRecorderOptions): ClosableEventRecorder {
  return new QueuedEventRecorder(options);
}

class QueuedEventRecorder implements ClosableEventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #bucket: TokenBucket;
  readonly #events: Counter;
  readonly #memory: EventSeriesMemory;
  readonly #queue: EventSeries[] = [];
  /** When each HTTP status was logged last. */
  readonly #refusals = new Map<number, number>();
  readonly #stop = new AbortController();
  readonly #hurry = new AbortController();
  #sending: Promise<void> | undefined;
  #isWatchingSeries = false;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#memory = new EventSeriesMemory(options.clock);
    this.#bucket = new TokenBucket(RATE, options.clock.monotonicMs());
    this.#events = options.registry.counter({
      name: "event_recorder_events_total",
      help: "Kubernetes Events by what became of them: sent, failed, or dropped from a full queue.",
      labelNames: ["result"],
    });
  }

  record(event: EventNote): void {
    if (this.#hurry.signal.aborted) return;
    const series = this.#memory.count(event);
    if (series.count === 1) {
      this.#logEvent(event);
      this.#enqueue(series);
    } else if (!this.#isWatchingSeries) void this.#watchSeries();
  }

  async close(): Promise<void> {
    for (const series of this.#memory.unsent()) this.#enqueue(series);
    this.#hurry.abort();
    const { clock } = this.#options;
    const deadline = new Deadline({ clock, ms: FLUSH_MS_MAX });
    deadline.signal.addEventListener("abort", () => this.#stop.abort(), { once: true });
    await this.#sending;
    deadline.close();
  }

  /** Events vanish after an hour, and repetitions only count: whoever reads the log finds the first. */
  #logEvent({ regarding, type, reason, note }: EventNote): void {
    const fields = { kind: regarding.kind, key: keyOf(regarding), reason, note };
    this.#options.log.log(type === "Warning" ? "warn" : "debug", "event", fields);
  }

  #enqueue(series: EventSeries): void {
    if (this.#queue.length >= QUEUE_EVENTS_MAX) {
      this.#events.inc({ result: "dropped" });
      // Repetitions of it come back later: the queue may be full for as long as the API is away.
      series.sentMs = this.#options.clock.monotonicMs();
      return;
    }
    series.isQueued = true;
    this.#queue.push(series);
    this.#sending ??= this.#sendAll();
  }

  /** Sends repetitions now and then, as long as there are any. */
  async #watchSeries(): Promise<void> {
    this.#isWatchingSeries = true;
    const { clock } = this.#options;
    for (let series = this.#memory.unsent(); series.length > 0; series = this.#memory.unsent()) {
      const dueMs = Math.min(...series.map(({ sentMs }) => sentMs)) + SERIES_WRITE_MS;
      await clock.sleep(Math.max(1, dueMs - clock.monotonicMs()), this.#hurry.signal);
      if (this.#hurry.signal.aborted) return;
      for (const each of this.#memory.unsent()) {
        if (each.sentMs + SERIES_WRITE_MS <= clock.monotonicMs()) this.#enqueue(each);
      }
    }
    this.#isWatchingSeries = false;
  }

  async #sendAll(): Promise<void> {
    const { clock } = this.#options;
    for (let series = this.#queue.shift(); series !== undefined; series = this.#queue.shift()) {
      const waitMs = this.#bucket.reserve(clock.monotonicMs());
      // The last events before the end go out without a pause.
      if (waitMs > 0) await clock.sleep(waitMs, this.#hurry.signal);
      if (this.#stop.signal.aborted) return;
      await this.#send(series);
      series.isQueued = false;
      if (series.count > series.sentCount) this.#sendRest(series);
    }
    // Without a pause: otherwise an event could land in a queue that is no longer emptied.
    this.#sending = undefined;
  }

  /** It was repeated while it was on its way. */
  #sendRest(series: EventSeries): void {
    if (this.#hurry.signal.aborted) this.#enqueue(series);
    else if (!this.#isWatchingSeries) void this.#watchSeries();
  }

  /** Sends until it is accepted or refused; meanwhile events wait and repetitions are counted. */
  async #send(series: EventSeries): Promise<void> {
    const { clock, random } = this.#options;
    const backoff = new ExponentialBackoff(BACKOFF, clock, random);
    for (let attempt = 1;; attempt++) {
      series.sentCount = series.count;
      series.sentMs = clock.monotonicMs();
      try {
        await this.#write(series);
        this.#events.inc({ result: "sent" });
        return;
      } catch (error) {
        if (!isPassing(error) || attempt >= ATTEMPTS_MAX || this.#hurry.signal.aborted) {
          this.#events.inc({ result: "failed" });
          this.#complain(series.event, error);
          return;
        }
      }
      await clock.sleep(backoff.next(), this.#hurry.signal);
      if (this.#stop.signal.aborted) return;
    }
  }

  async #write(series: EventSeries): Promise<void> {
    const { client } = this.#options;
    const { object } = series;
    if (object !== undefined) {
      const patch = { ...repetitionsOf(series) };
      const options = { signal: this.#stop.signal, answer: "metadata" } as const;
      try {
        await client.mergePatch(CORE_EVENTS, namespacedNameOf(object), patch, options);
      } catch (error) {
        // The server keeps Events for an hour as a rule; this one is created again.
        if (!isStatus(error, 404)) throw error;
        series.object = undefined;
      }
    }
    series.object ??= await this.#create(series);
  }

  #create(series: EventSeries): Promise<KubeObject> {
    const { client, random, reportingInstance } = this.#options;
    const origin = {
      reportingInstance,
      nowMs: series.sinceEpochMs,
      salt: Math.floor(random() * 2 ** 32),
      repetitions: repetitionsOf(series),
    };
    const object = eventObjectOf(series.event, origin);
    return client.create(CORE_EVENTS, object, { signal: this.#stop.signal, answer: "metadata" });
  }

  /** Missing rights would give the same line for every event. */
  #complain({ regarding, reason }: EventNote, error: unknown): void {
    // What is told goes with its namespace.
    if (isNamespaceGoing(error)) return;
    if (isStatus(error, 403, 404)) {
      const nowMs = this.#options.clock.monotonicMs();
      if (nowMs - (this.#refusals.get(error.code) ?? -Infinity) < REFUSAL_LINE_MS) return;
      this.#refusals.set(error.code, nowMs);
    }
    this.#options.log.log("warn", "event could not be recorded", {
      kind: regarding.kind,
      key: keyOf(regarding),
      reason,
      error: errorOf(error),
    });
  }
}

function repetitionsOf({ count, lastEpochMs }: EventSeries): EventRepetitions {
  return { count, lastTimestamp: formatInstant(lastEpochMs) };
}

/** Whether the failure may pass: the server was unreachable or too busy. */
function isPassing(error: unknown): boolean {
  return !(error instanceof StatusError) || error.code === 429 || error.code >= 500;
}
