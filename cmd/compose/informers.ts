/** The caches and the event recorder of a process. */

import type { Clock } from "../../lib/base/clock.ts";
import type { CachedKind, Observed, Parsed, ResourceType } from "../../lib/api/meta.ts";
import { createInformer, type InformerOptions } from "../../lib/kube/cache/informer.ts";
import { OptionalInformer } from "../../lib/kube/cache/optional_informer.ts";
import type { Informer, KubeClient } from "../../lib/kube/contract.ts";
import {
  type ClosableEventRecorder,
  createEventRecorder,
} from "../../lib/kube/events/event_recorder.ts";
import { CommandError } from "../cli/command.ts";
import type { ProcessParts } from "./process_parts.ts";

/** The default of controller-runtime. A restart is more likely to mend a longer fault. */
const SYNC_MS_MAX = 120_000;

/** What is known of a kind once its informer is made. */
type MadeKind = Pick<CachedKind<unknown>, "optional"> & { readonly type: ResourceType };

/** One informer for each kind that was asked for. */
export class Informers {
  readonly #create: <T>(kind: CachedKind<T>) => Informer<Observed<T>>;
  readonly #made = new Map<MadeKind, Informer<unknown>>();
  /** Awaited kinds that are synced, or that the server refused. */
  readonly #answered = new Set<MadeKind>();

  constructor(create: <T>(kind: CachedKind<T>) => Informer<Observed<T>>) {
    this.#create = create;
  }

  /** The informer of a kind; ask before {@link run}. */
  of<T>(kind: CachedKind<T>): Informer<Observed<T>> {
    const made = this.#made.get(kind) as Informer<Observed<T>> | undefined;
    if (made !== undefined) return made;
    const informer = this.#create(kind);
    this.#made.set(kind, informer);
    if (kind.optional === "awaited") {
      // It rejects at the end of a run, when nobody waits.
      informer.whenAnswered().then(() => this.#answered.add(kind), () => {});
    }
    return informer;
  }

  /** Sentences that say which caches are not there yet; empty when all are synced. */
  unsynced(): readonly string[] {
    return this.#needed()
      .filter(([kind, { synced }]) => !synced && !this.#answered.has(kind))
      .map(([{ type }]) => `the cache of ${type.plural} is not synced with the API server`);
  }

  /** Resolves when all caches are synced but those that are optional. */
  async whenSynced(): Promise<void> {
    await Promise.all(this.#needed().map(([, informer]) => informer.whenAnswered()));
  }

  /** Runs all informers until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([...this.#made.values()].map((informer) => informer.run(signal)));
  }

  #needed(): readonly (readonly [MadeKind, Informer<unknown>])[] {
    return [...this.#made].filter(([{ optional }]) =>
      optional === undefined || optional === "awaited"
    );
  }
}

/** Makes informers of a cluster; nothing is requested yet. */
export function createInformers(
  client: KubeClient,
  parts: Pick<InformerOptions<unknown>, "clock" | "random" | "log" | "registry" | "namespace">,
): Informers {
  return new Informers(<T>({ parse, optional, ...kind }: CachedKind<T>) => {
    const options = { ...parts, ...kind, client };
    const create = (more: Pick<InformerOptions<Observed<T>>, "onList"> = {}) =>
      createInformer<Observed<T>>({ ...options, ...observing(parse), ...more });
    if (optional === undefined) return create();
    return new OptionalInformer((onList) => create({ onList }), {
      ...options,
      isOnDemand: optional === "onDemand",
    });
  });
}

/** How a cache holds objects with what their parser says; one that cannot be read is like an invalid one. */
export function observing<T>(
  parse: (raw: unknown) => Parsed<T>,
): Required<Pick<InformerOptions<Observed<T>>, "convert" | "unreadable">> {
  return {
    convert: (object) => ({ object, parsed: parse(object) }),
    unreadable: (object, problem) => {
      const message = `cannot be read: ${problem}`;
      return { object, parsed: { ok: false, errors: [{ field: "object", message }] } };
    },
  };
}

/**
 * Waits until all caches are synced, or the signal aborts.
 *
 * @throws {CommandError} that names the caches and what to look at, after two minutes.
 */
export async function requireSync(
  informers: Informers,
  { clock }: { readonly clock: Clock },
  signal: AbortSignal,
): Promise<void> {
  const waiting = new AbortController();
  const tooLate = clock.sleep(SYNC_MS_MAX, AbortSignal.any([signal, waiting.signal]));
  try {
    // An informer only ends unsynced when the signal has aborted.
    await Promise.race([tooLate, informers.whenSynced().catch(() => tooLate)]);
  } finally {
    waiting.abort();
  }
  const missing = informers.unsynced();
  if (missing.length === 0 || signal.aborted) return;
  throw new CommandError(
    `gave up after ${SYNC_MS_MAX / 1000} s: ${missing.join("; ")}. The log says what the API ` +
      "server answers. Are the definitions there (vm-dhcp crds), and may this identity list and " +
      "watch these kinds?",
  );
}

/** Makes the recorder of a process on this host. */
export function createRecorder(client: KubeClient, parts: ProcessParts): ClosableEventRecorder {
  return createEventRecorder({ ...parts, client, reportingInstance: Deno.hostname() });
}
