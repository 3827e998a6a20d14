/** The network between one process and the API server, and what goes wrong on it. */

import type { Clock } from "../../../lib/base/clock.ts";
import { errorOf } from "../../../lib/base/errors.ts";
import type { ResourceType } from "../../../lib/api/meta.ts";
import { StatusError } from "../../../lib/kube/contract.ts";
import type { ModelApi } from "./model_api.ts";
import type { Weather } from "./weather.ts";

/** A request, as faults tell requests apart. */
export interface LinkRequest {
  readonly verb: string;
  readonly type: ResourceType;
  /** Of the object that is written; empty for a read. */
  readonly key: string;
  readonly isWrite: boolean;
}

/** What its sender knew when it sent a write. */
export interface SentWrite {
  readonly sentMs: number;
  /** By plural, the version up to which the sender's watches had brought everything. */
  readonly seen: ReadonlyMap<string, number>;
}

/** What becomes of one request. */
export interface Fate {
  readonly sent: SentWrite;
  readonly toServerMs: number;
  toClientMs: number;
  readonly fault: Fault | undefined;
}

/** What can happen to a request. */
export type Fault =
  | "lost"
  | "unanswered"
  | "refused"
  | "contended"
  | "crash before"
  | "crash after";

/** An answer, or why there is none. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: Error };

/** What a link connects, and what it is subject to. */
export interface LinkOptions {
  readonly api: ModelApi;
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly weather: Weather;
  /** Whether the server can begin a watch with a list. */
  readonly streamsLists: boolean;
  readonly isDead: () => boolean;
  /** What the role of the process does not let it write. */
  readonly isForbidden: (request: LinkRequest) => boolean;
  /** Ends the process at once. */
  readonly crash: (request: LinkRequest, moment: "before" | "after") => void;
  /** Another writer touches the object right before. */
  readonly contend: (request: LinkRequest) => void;
}

/** Longest time until a client gives up on an answer. */
const ANSWER_MS_MAX = 30_000;

const FORBIDDEN = new StatusError(403, "Forbidden", "the role of this process does not allow it");

/** One process's way to the server. */
export class Link {
  readonly #options: LinkOptions;
  readonly #seen = new Map<string, number>();
  readonly #watches = new Set<OpenedWatch>();
  /** Nothing passes while the network is cut. */
  isCut = false;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  get isDead(): boolean {
    return this.#options.isDead();
  }

  get streamsLists(): boolean {
    return this.#options.streamsLists;
  }

  draw(): number {
    return this.#options.weather.draw();
  }

  /** Decides on a request that is sent now. */
  send(request: LinkRequest): Fate {
    const { weather, clock } = this.#options;
    const sent = { sentMs: clock.monotonicMs(), seen: new Map(this.#seen) };
    const [toServerMs, toClientMs] = [weather.latencyMs(), weather.latencyMs()];
    return { sent, toServerMs, toClientMs, fault: weather.faultOf(request) };
  }

  /** What happens when a request arrives at the server. */
  serve<T>(request: LinkRequest, fate: Fate, serve: () => T): Outcome<T> {
    const { crash, contend } = this.#options;
    const { fault } = fate;
    if (this.isCut || fault === "lost") return this.#broken(fate);
    if (fault === "refused") return { ok: false, error: this.#options.weather.refusal() };
    if (this.#options.isForbidden(request)) return { ok: false, error: FORBIDDEN };
    if (fault === "crash before") crash(request, "before");
    if (fault === "contended") contend(request);
    if (fault === "crash before") return this.#broken(fate);
    const outcome = this.#take(fate.sent, serve);
    if (fault === "crash after") crash(request, "after");
    return fault === "unanswered" ? this.#broken(fate) : outcome;
  }

  /** A version that an answer may be as of, which may not be older than this one. */
  versionSince(version: number): number {
    const { api, weather } = this.#options;
    const newer = Math.max(0, api.version - version);
    if (!weather.isFair && weather.draw() < 0.3) {
      return version + Math.floor(newer * weather.draw());
    }
    return version + newer;
  }

  watchLifeMs(): number {
    return this.#options.weather.watchLifeMs();
  }

  openWatch({ plural }: ResourceType): OpenedWatch {
    const watch = new OpenedWatch(this.#options, plural, {
      note: (version) => this.#seen.set(plural, version),
      close: () => this.#watches.delete(watch),
    });
    this.#watches.add(watch);
    return watch;
  }

  /** Breaks off the watches of a kind, or all. */
  loseWatches(plural?: string): void {
    for (const watch of this.#watches) {
      if (plural === undefined || watch.plural === plural) watch.lose();
    }
  }

  #take<T>(sent: SentWrite, serve: () => T): Outcome<T> {
    const { api } = this.#options;
    api.sent = sent;
    try {
      return { ok: true, value: serve() };
    } catch (thrown) {
      const error = errorOf(thrown);
      if (!(error instanceof StatusError)) throw error;
      return { ok: false, error };
    } finally {
      api.sent = undefined;
    }
  }

  /** Some connections break at once, others are given up on. */
  #broken<T>(fate: Fate): Outcome<T> {
    if (this.draw() < 0.2) fate.toClientMs = ANSWER_MS_MAX;
    return { ok: false, error: new Error("the connection broke off before the answer") };
  }
}

/** How a wait ends early. */
interface Waiting {
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
}

/** The server's end of one watch. */
export class OpenedWatch implements Disposable {
  isLost = false;
  #dueMs = 0;
  #dueOf = -1;
  #wake: (() => void) | undefined;

  constructor(
    readonly options: Pick<LinkOptions, "api" | "weather">,
    readonly plural: string,
    readonly callbacks: { note(version: number): void; close(): void },
  ) {}

  /** Notes that everything up to this version has arrived. */
  note(version: number): void {
    this.callbacks.note(version);
  }

  /** When a change of that time arrives: late, but never before an earlier one. */
  dueMs(atMs: number): number {
    if (this.#dueOf !== atMs) {
      this.#dueOf = atMs;
      this.#dueMs = Math.max(this.#dueMs, atMs + this.options.weather.lagMs(this.plural));
    }
    return this.#dueMs;
  }

  /** Waits for the next change, or for this time. */
  async quiet(ms: number, waiting: Waiting): Promise<void> {
    let callOff: (() => void) | undefined;
    await this.#sleep(ms, waiting, (wake) => {
      callOff = this.options.api.onceChanged(this.plural, wake);
    });
    callOff?.();
  }

  /** Waits for this time. */
  pause(ms: number, waiting: Waiting): Promise<void> {
    return this.#sleep(ms, waiting, () => {});
  }

  lose(): void {
    this.isLost = true;
    this.#wake?.();
  }

  [Symbol.dispose](): void {
    this.callbacks.close();
  }

  async #sleep(
    ms: number,
    { clock, signal }: Waiting,
    begin: (wake: () => void) => void,
  ): Promise<void> {
    const over = new AbortController();
    const wake = () => over.abort();
    this.#wake = wake;
    signal?.addEventListener("abort", wake, { once: true });
    begin(wake);
    await clock.sleep(ms, over.signal);
    signal?.removeEventListener("abort", wake);
  }
}
