/**
 * The safety net of a watch: now and then the objects are listed and compared with what the cache
 * made of the events. A server or a proxy that loses an event does not report it.
 */

import { errorOf } from "../../base/errors.ts";
import type { Clock } from "../../base/clock.ts";
import { keyOf, type KubeObject } from "../../api/meta.ts";
import type { Logger } from "../../observe/logger.ts";
import type { Counter, MetricRegistry } from "../../observe/metrics.ts";
import { isAheadOfServer, listAll, type Selection } from "./lister.ts";

/** Time between comparisons, drawn each time so that replicas do not list together. */
const AUDIT_MS_MIN = 15 * 60_000;
const AUDIT_MS_MAX = 30 * 60_000;

/** Keys that a log line names. */
const NAMED_KEYS_MAX = 10;

/** What is compared, and what is needed from outside. */
export interface ReflectorAuditOptions extends Selection {
  /** The versions of all objects that the cache knows, by key. */
  readonly known: () => ReadonlyMap<string, string>;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
  readonly registry: MetricRegistry;
  /** Value of the label `resource`. */
  readonly resource: string;
}

/** A comparison under way. */
interface Comparison {
  /** Versions that events brought since then, by key. */
  readonly brought: Map<string, string>;
  /** Arrives later. */
  listed?: { readonly version: string; readonly objects: ReadonlyMap<string, string> };
}

/** Compares a cache with the server while its watch goes on. */
export class ReflectorAudit {
  readonly #options: ReflectorAuditOptions;
  readonly #audits: Counter;
  readonly #missed: Counter;
  #comparison: Comparison | undefined;
  /** The server cannot have what the cache has: its past was changed. */
  #pastChanged = false;

  constructor(options: ReflectorAuditOptions) {
    const { registry, resource } = options;
    this.#options = options;
    this.#audits = registry.counter({
      name: "reflector_audits_total",
      help: "Comparisons of a cache with a list.",
      labelNames: ["resource"],
    });
    this.#missed = registry.counter({
      name: "reflector_missed_changes_total",
      help: "Objects of a cache that a list proved wrong: events were lost. Must stay 0.",
      labelNames: ["resource"],
    });
    this.#missed.inc({ resource }, 0);
  }

  /**
   * Begins comparisons until the signal aborts.
   *
   * @param watchedVersion Gives the version that the cache is at; empty before the first list.
   */
  async run(watchedVersion: () => string, signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    while (!signal.aborted) {
      await clock.sleep(AUDIT_MS_MIN + random() * (AUDIT_MS_MAX - AUDIT_MS_MIN), signal);
      const fromVersion = watchedVersion();
      if (!signal.aborted && fromVersion !== "") await this.#begin(fromVersion, signal);
    }
  }

  /** Notes an event that is in the cache already. */
  noteEvent({ metadata, ...object }: KubeObject): void {
    const { resourceVersion } = metadata;
    if (resourceVersion === undefined) return;
    this.#comparison?.brought.set(keyOf({ metadata, ...object }), resourceVersion);
  }

  /** Notes that the cache was filled again: there is nothing to compare. */
  noteReplaced(): void {
    this.#comparison = undefined;
    this.#pastChanged = false;
  }

  /**
   * Ends a comparison once the watch has brought everything that the list can know.
   *
   * @param version The version that the cache is at.
   * @returns Whether the cache is wrong, so that it has to be filled again.
   */
  provesWrong(version: string): boolean {
    if (this.#pastChanged) return true;
    const { listed, brought } = this.#comparison ?? {};
    if (listed === undefined || brought === undefined) return false;
    if (!isAtLeast(version, listed.version)) return false;
    this.#comparison = undefined;
    const wrong = this.#wrongKeys(listed, brought);
    if (wrong.length === 0) return false;
    const { log, resource } = this.#options;
    this.#missed.inc({ resource }, wrong.length);
    log.log("error", "cache missed changes, listing again", {
      count: wrong.length,
      keys: wrong.slice(0, NAMED_KEYS_MAX),
    });
    return true;
  }

  async #begin(fromVersion: string, signal: AbortSignal): Promise<void> {
    const { log, resource } = this.#options;
    const comparison: Comparison = { brought: new Map() };
    this.#comparison = comparison;
    this.#audits.inc({ resource });
    try {
      const { resourceVersion, objects, isWhole } = await listAll(
        this.#options,
        fromVersion,
        signal,
      );
      // What has no name cannot be compared.
      if (!isWhole && this.#comparison === comparison) this.#comparison = undefined;
      comparison.listed = { version: resourceVersion, objects: versionsOf(objects) };
    } catch (error) {
      // A list in between has settled it; any other trouble with the server the watch meets as well.
      if (this.#comparison !== comparison || signal.aborted) return;
      this.#comparison = undefined;
      this.#pastChanged = isAheadOfServer(error);
      log.log("debug", "comparison of the cache failed", {
        error: errorOf(error),
      });
    }
  }

  #wrongKeys(
    listed: NonNullable<Comparison["listed"]>,
    brought: ReadonlyMap<string, string>,
  ): readonly string[] {
    const known = this.#options.known();
    return [...new Set([...known.keys(), ...listed.objects.keys()])].filter((key) => {
      if (known.get(key) === listed.objects.get(key)) return false;
      // The watch was further than the list already.
      const broughtVersion = brought.get(key);
      return broughtVersion === undefined || isAtLeast(listed.version, broughtVersion);
    });
  }
}

function versionsOf(objects: readonly KubeObject[]): ReadonlyMap<string, string> {
  return new Map(objects.map((object) => [keyOf(object), object.metadata.resourceVersion ?? ""]));
}

/** Versions of one kind grow with time; where they are no numbers, nothing is said about them. */
function isAtLeast(version: string, other: string): boolean {
  return Number(version) >= Number(other);
}
