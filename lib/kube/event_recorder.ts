/** Tells users about objects through Kubernetes Events, without ever holding up the teller. */

import { EVENTS } from "../api/resources.ts";
import { keyOf } from "../api/meta.ts";
import type { Logger } from "../observe/logger.ts";
import type { Counter, MetricRegistry } from "../observe/metrics.ts";
import { StatusError } from "./contract.ts";
import type { Clock, EventNote, EventRecorder, KubeClient } from "./contract.ts";
import { Deadline } from "./deadline.ts";
import { eventObjectOf } from "./event_object.ts";
import { TokenBucket } from "./token_bucket.ts";

/** Events that wait to be sent; more are dropped. */
const QUEUE_EVENTS_MAX = 1000;

/** The same sentence about the same object is not repeated within this time. */
const REPEAT_MS = 10 * 60_000;
const REMEMBERED_MAX = 10_000;

/** Events are a courtesy: they must not take the API server's attention from the work. */
const BURST_EVENTS = 25;
const EVENTS_PER_SECOND = 5;

/** Time that `close` takes at most. */
const FLUSH_MS_MAX = 2000;

/** What a recorder needs from outside. */
export interface EventRecorderOptions {
  readonly client: Pick<KubeClient, "create">;
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
  readonly #queue: EventNote[] = [];
  /** By what was said about what, when; oldest first. */
  readonly #saidMs = new Map<string, number>();
  /** HTTP statuses that were complained about. */
  readonly #refusals = new Set<number>();
  readonly #stop = new AbortController();
  readonly #hurry = new AbortController();
  #sending: Promise<void> | undefined;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#bucket = new TokenBucket(options.clock, BURST_EVENTS, EVENTS_PER_SECOND);
    this.#events = options.registry.counter({
      name: "event_recorder_events_total",
      help: "Kubernetes Events by what became of them: sent, failed, or dropped from a full queue.",
      labelNames: ["result"],
    });
  }

  record(event: EventNote): void {
    if (this.#hurry.signal.aborted || this.#saidLately(event)) return;
    if (this.#queue.length >= QUEUE_EVENTS_MAX) {
      this.#events.inc({ result: "dropped" });
      return;
    }
    this.#queue.push(event);
    this.#sending ??= this.#sendAll();
  }

  async close(): Promise<void> {
    this.#hurry.abort();
    const { clock } = this.#options;
    const deadline = new Deadline(clock, FLUSH_MS_MAX);
    deadline.signal.addEventListener("abort", () => this.#stop.abort(), { once: true });
    await this.#sending;
    deadline.close();
  }

  /** Also remembers the event as said. */
  #saidLately({ regarding, reason, note }: EventNote): boolean {
    const nowMs = this.#options.clock.nowMs();
    const what = JSON.stringify([regarding.kind, keyOf(regarding), reason, note]);
    for (const [said, saidMs] of this.#saidMs) {
      if (nowMs - saidMs < REPEAT_MS && this.#saidMs.size < REMEMBERED_MAX) break;
      this.#saidMs.delete(said);
    }
    if (this.#saidMs.has(what)) return true;
    this.#saidMs.set(what, nowMs);
    return false;
  }

  async #sendAll(): Promise<void> {
    const { clock } = this.#options;
    for (let event = this.#queue.shift(); event !== undefined; event = this.#queue.shift()) {
      const waitMs = this.#bucket.take();
      // The last events before the end go out without a pause.
      if (waitMs > 0) await clock.sleep(waitMs, this.#hurry.signal);
      if (this.#stop.signal.aborted) return;
      await this.#send(event);
    }
    // At once, so that no event is put into a queue that nobody empties any more.
    this.#sending = undefined;
  }

  async #send(event: EventNote): Promise<void> {
    const { client, clock, random, reportingInstance } = this.#options;
    const salt = Math.floor(random() * 2 ** 32);
    const object = eventObjectOf(event, { reportingInstance, nowMs: clock.nowMs(), salt });
    try {
      await client.create(EVENTS, object, { signal: this.#stop.signal });
      this.#events.inc({ result: "sent" });
    } catch (error) {
      this.#events.inc({ result: "failed" });
      this.#complain(event, error);
    }
  }

  /** Missing rights or a namespace on its way out would give the same line for every event. */
  #complain({ regarding, reason }: EventNote, error: unknown): void {
    if (error instanceof StatusError && (error.code === 403 || error.code === 404)) {
      if (this.#refusals.has(error.code)) return;
      this.#refusals.add(error.code);
    }
    this.#options.log.log("warn", "event could not be recorded", {
      kind: regarding.kind,
      key: keyOf(regarding),
      reason,
      error: error instanceof Error ? error : new Error(String(error)),
    });
  }
}
