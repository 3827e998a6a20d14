/**
 * Follows the objects of one kind: list, then watch from there, and so on. After client-go's
 * reflector (tools/cache/reflector.go), whose waits and limits are kept, plus the deadlines that
 * client-go gets from its HTTP/2 library.
 */

import { errorOf } from "../../base/errors.ts";
import type { Clock } from "../../base/clock.ts";
import type { KubeObject } from "../../api/meta.ts";
import type { Logger } from "../../observe/logger.ts";
import type { Counter, MetricRegistry } from "../../observe/metrics.ts";
import { ExponentialBackoff } from "../../base/backoff.ts";
import { StatusError, type StoredObject } from "../contract.ts";
import { Deadline } from "../../base/abort.ts";
import { AskedObjects } from "./asked_objects.ts";
import { isAheadOfServer, isExpired, type Selection, selectorsOf } from "./lister.ts";
import { ReflectorAudit } from "./reflector_audit.ts";
import { TransportError } from "../client/transport/transport_error.ts";
import { StreamedLister } from "./streamed_lister.ts";
import { WATCH_IDLE_MS_MAX } from "../client/watch_stream.ts";

/** Receives what the reflector sees. Must not throw. */
export interface ReflectorTarget {
  /** The versions of all objects seen, by key: what the server can be compared with. */
  readonly versions: ReadonlyMap<string, string>;
  /** These are all objects there are; unless the list is not whole, others are gone. */
  replaceAll(objects: readonly KubeObject[], isWhole: boolean): void;
  /** A version that this process wrote, once it is known whether it did. */
  known(key: string, resourceVersion: string): Promise<StoredObject | undefined>;
  /** One object appeared or changed. */
  put(object: KubeObject): void;
  /** One object is gone; this was its last state. */
  remove(object: KubeObject): void;
}

/** What a reflector follows, and what it needs from outside. */
export interface ReflectorOptions extends Selection {
  readonly target: ReflectorTarget;
  /** Called after each list, with the error when it failed. */
  readonly onList?: (error?: unknown) => void;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
  readonly registry: MetricRegistry;
}

/** Against a server that is down, this makes at most nine attempts in the first minute. */
const BACKOFF = { initialMs: 800, msMax: 30_000, resetMs: 120_000 } as const;

/** Watches last this long, drawn each time so that they do not all end together; seconds. */
const WATCH_SECONDS_MIN = 300;
const WATCH_SECONDS_MAX = 600;

/** How much later than agreed a server may end a watch. */
const WATCH_GRACE_MS = 15_000;

/** A watch that is shorter and brought nothing new counts as a failure. */
const SHORT_WATCH_MS = 1000;

/**
 * A watch that lasted this long, or that brought something new, was sound: its end is not the
 * failure of the one before. Otherwise a server that crashes every minute would be followed half of
 * the time.
 */
const SOUND_WATCH_MS = 30_000;

/** How a watch ended. */
type WatchEnd =
  | { readonly kind: "ended" }
  | {
    readonly kind: "failed";
    readonly error: unknown;
    /** Whether it brought nothing at all, and was given up for that. */
    readonly wasMute?: boolean;
  };

/** Keeps a target up to date with the server. */
export class Reflector {
  readonly #options: ReflectorOptions;
  readonly #backoff: ExponentialBackoff;
  readonly #log: Logger;
  readonly #resource: string;
  readonly #lists: Counter;
  readonly #watches: Counter;
  readonly #shortWatches: Counter;
  readonly #audit: ReflectorAudit;
  readonly #lister: StreamedLister;
  /** Version of the last list or event; empty before the first list. */
  #lastVersion = "";
  /** The server no longer has, or does not yet have, the last version. */
  #lastVersionUseless = false;
  #listNeeded = true;
  #listedMs = 0;
  /** Whether the last watch was mute. */
  #isMute = false;

  constructor(given: ReflectorOptions) {
    const { type, clock, random, log, registry } = given;
    this.#backoff = new ExponentialBackoff(BACKOFF, clock, random);
    const resource = type.group === "" ? type.plural : `${type.plural}.${type.group}`;
    this.#resource = resource;
    this.#log = log.with({ resource });
    const options = {
      ...given,
      client: new AskedObjects({ ...given, log: this.#log, resource }),
    };
    this.#options = options;
    const counterOf = (name: string, help: string) =>
      registry.counter({ name, help, labelNames: ["resource"] });
    this.#lists = counterOf("reflector_lists_total", "Lists that a cache asked for.");
    this.#watches = counterOf("reflector_watches_total", "Watches that a cache asked for.");
    this.#shortWatches = counterOf(
      "reflector_short_watches_total",
      "Watches that ended within a second without anything new.",
    );
    this.#lister = new StreamedLister(options, this.#log);
    this.#audit = new ReflectorAudit({
      ...options,
      known: () => options.target.versions,
      log: this.#log,
      resource,
    });
  }

  /** Follows until the signal aborts; every other failure is waited out. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([
      this.#listAndWatch(signal),
      this.#audit.run(() => this.#lastVersion, signal),
    ]);
  }

  async #listAndWatch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#listNeeded) await this.#list(signal);
      else await this.#follow(signal);
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    this.#lists.inc({ resource: this.#resource });
    // The first list is as new as etcd, unlike client-go's: memory may be behind, and a controller that
    // does not see a claim yet would take its address back.
    const version = this.#lastVersionUseless ? "" : this.#lastVersion;
    try {
      const { resourceVersion, objects, isWhole } = await this.#lister.list(version, signal);
      this.#options.target.replaceAll(objects, isWhole);
      this.#audit.noteReplaced();
      this.#lastVersion = resourceVersion;
      this.#lastVersionUseless = false;
      this.#listNeeded = false;
      this.#listedMs = this.#options.clock.monotonicMs();
      this.#options.onList?.();
    } catch (error) {
      if (signal.aborted) return;
      this.#options.onList?.(error);
      if (version !== "" && (isExpired(error) || isAheadOfServer(error))) {
        this.#lastVersionUseless = true;
        return;
      }
      await this.#waitAfter("list failed", error, signal);
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    this.#watches.inc({ resource: this.#resource });
    const end = await this.#watch(signal);
    if (signal.aborted) return;
    const wasMute = this.#isMute;
    this.#isMute = end.kind === "failed" && end.wasMute === true;
    if (this.#isProvenWrong() || end.kind === "ended") return;
    const { error } = end;
    if (isExpired(error) || isAheadOfServer(error)) {
      this.#lastVersionUseless = true;
      this.#listNeeded = true;
      const fresh = this.#options.clock.monotonicMs() - this.#listedMs < SHORT_WATCH_MS;
      // A server that refuses what it just listed must not be asked in a hot loop.
      if (fresh) await this.#waitAfter("watch failed", error, signal);
      else this.#log.log("info", "watch is too old, listing again");
      return;
    }
    // What the server refuses for good, such as a kind that is gone, a list tells more about.
    // A broken or overloaded server does not change what was seen: going on there is enough.
    this.#listNeeded = error instanceof StatusError && error.code < 500 && error.code !== 429;
    // kube-apiserver sends no bookmarks of a kind that has not changed since it started: the first watch of
    // a sound one may bring nothing. The next one does.
    const level = this.#isMute && !wasMute ? "info" : "warn";
    await this.#waitAfter("watch failed", error, signal, level);
  }

  /** Runs one watch to its end and passes its events on. */
  async #watch(signal: AbortSignal): Promise<WatchEnd> {
    const { client, type, target, clock, random } = this.#options;
    const timeoutSeconds = Math.floor(
      WATCH_SECONDS_MIN + random() * (WATCH_SECONDS_MAX - WATCH_SECONDS_MIN),
    );
    const startMs = clock.monotonicMs();
    const startVersion = this.#lastVersion;
    const deadline = new Deadline({ clock, ms: timeoutSeconds * 1000 + WATCH_GRACE_MS, signal });
    let isMute = true;
    try {
      const watch = client.watch(type, {
        ...selectorsOf(this.#options),
        resourceVersion: this.#lastVersion,
        allowWatchBookmarks: true,
        timeoutSeconds,
        idleMsMax: WATCH_IDLE_MS_MAX,
        known: (key, version) => target.known(key, version),
        signal: deadline.signal,
      });
      for await (const event of watch) {
        isMute = false;
        if (event.type === "ERROR") return { kind: "failed", error: event.error };
        if (event.type === "BOOKMARK") this.#lastVersion = event.resourceVersion;
        else if (event.type !== "NAMELESS") this.#pass(event);
        if (this.#isProvenWrong()) return { kind: "ended" };
      }
    } catch (error) {
      const isSilence = error instanceof TransportError && error.kind === "timeout";
      return { kind: "failed", error, wasMute: isMute && isSilence };
    } finally {
      deadline.close();
      const isNews = this.#lastVersion !== startVersion;
      if (isNews || clock.monotonicMs() - startMs >= SOUND_WATCH_MS) this.#backoff.reset();
    }
    if (deadline.expired) {
      return { kind: "failed", error: new Error("the API server did not end the watch in time") };
    }
    const isShort = clock.monotonicMs() - startMs < SHORT_WATCH_MS;
    if (!isShort || this.#lastVersion !== startVersion) return { kind: "ended" };
    this.#shortWatches.inc({ resource: this.#resource });
    return { kind: "failed", error: new Error("the API server ended the watch at once") };
  }

  #pass(
    { type, object }: {
      readonly type: "ADDED" | "MODIFIED" | "DELETED";
      readonly object: KubeObject;
    },
  ): void {
    const { target } = this.#options;
    if (type === "DELETED") target.remove(object);
    else target.put(object);
    this.#audit.noteEvent(object);
    this.#lastVersion = object.metadata.resourceVersion ?? this.#lastVersion;
  }

  /** Asks for a list when the cache is not what the server has. @returns Whether it is so. */
  #isProvenWrong(): boolean {
    if (!this.#audit.provesWrong(this.#lastVersion)) return false;
    this.#lastVersionUseless = true;
    this.#listNeeded = true;
    return true;
  }

  async #waitAfter(
    msg: string,
    error: unknown,
    signal: AbortSignal,
    level: "info" | "warn" = "warn",
  ): Promise<void> {
    const askedMs = error instanceof StatusError ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
    const waitMs = Math.max(this.#backoff.next(), Math.min(askedMs, BACKOFF.msMax));
    this.#log.log(level, msg, {
      error: errorOf(error),
      retryMs: Math.round(waitMs),
    });
    await this.#options.clock.sleep(waitMs, signal);
  }
}
