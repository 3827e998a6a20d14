/** Many random histories in simulated time: the cache ends up equal to the server in each. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clocks/fake_clock.ts";
import { checkChangeHistory, setUpInformer } from "../../../tests/support/kube/informer_setup.ts";
import { mulberry32 } from "../../../tests/support/harness/seeded_random.ts";
import type { Clock } from "../../base/clock.ts";
import type { KubeObject, ResourceType } from "../../api/meta.ts";
import {
  type KubeClient,
  type KubeList,
  type ListOptions,
  StatusError,
  type WatchEvent,
  type WatchOptions,
} from "../contract.ts";
import { configMap } from "../../../tests/support/kube/kube_samples.ts";

type State = ReadonlyMap<string, KubeObject>;

/** Objects of a page, however many are asked for: small, so that there are pages at all. */
const PAGE_OBJECTS = 3;

/** Serves what {@link put} and {@link remove} made. */
class MemoryApi implements Pick<KubeClient, "list" | "watch"> {
  /** Chance that a request, or a wait within a watch, ends in a fault. */
  faultRate = 0;
  /** Faults so far. */
  faults = 0;
  readonly #clock: Clock;
  readonly #random: () => number;
  /** The state after each version; the first is empty. */
  readonly #states: State[] = [new Map()];
  readonly #events: WatchEvent[] = [];
  #compacted = 0;

  /** @param random Uniform in [0, 1): decides everything that is open. */
  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  get state(): State {
    return this.#states.at(-1) ?? new Map();
  }

  get #version(): number {
    return this.#states.length - 1;
  }

  put(name: string): void {
    const object = configMap(name, this.#version + 1);
    const type = this.state.has(name) ? "MODIFIED" : "ADDED";
    this.#commit(new Map(this.state).set(name, object), { type, object });
  }

  remove(name: string): void {
    if (!this.state.has(name)) return;
    const left = new Map(this.state);
    left.delete(name);
    this.#commit(left, { type: "DELETED", object: configMap(name, this.#version + 1) });
  }

  /** Forgets what came before now. */
  compact(): void {
    this.#compacted = this.#version;
  }

  async list(_type: ResourceType, options: ListOptions = {}): Promise<KubeList> {
    await this.#clock.sleep(this.#random() * 50, options.signal);
    if (this.#draw()) throw this.#failure();
    if (options.limit === undefined) return this.#wholeList(options.resourceVersion);
    const [at, from] = options.continue === "" || options.continue === undefined
      ? [this.#version, 0]
      : options.continue.split("/").map(Number);
    if (at === undefined || from === undefined || at < this.#compacted) throw expired();
    const items = [...this.#stateAt(at).values()].slice(from, from + PAGE_OBJECTS);
    const next = from + PAGE_OBJECTS;
    const more = next < this.#stateAt(at).size;
    return { resourceVersion: String(at), continue: more ? `${at}/${next}` : "", items };
  }

  async *watch(_type: ResourceType, options: WatchOptions): AsyncGenerator<WatchEvent> {
    const { signal, idleMsMax = 0, timeoutSeconds = 0 } = options;
    if (options.sendInitialEvents === true) {
      throw new StatusError(422, "Invalid", "sendInitialEvents is forbidden");
    }
    const endMs = this.#clock.nowMs() + timeoutSeconds * 1000;
    let seen = Number(options.resourceVersion);
    if (seen < this.#compacted) {
      if (this.#random() < 0.5) throw expired();
      return yield { type: "ERROR", error: expired() };
    }
    while (!signal?.aborted && this.#clock.nowMs() < endMs) {
      while (seen < this.#version) {
        const event = this.#events[seen++];
        if (event !== undefined) yield event;
      }
      await this.#clock.sleep(this.#random() * 2000, signal);
      if (this.#random() < 0.1) yield { type: "BOOKMARK", resourceVersion: String(seen) };
      if (!this.#draw()) continue;
      const kind = this.#random();
      if (kind < 0.2) return;
      if (kind < 0.4) return yield { type: "ERROR", error: this.#failure() };
      // A dead connection: what happens meanwhile is not seen until the client gives up.
      if (kind < 0.6) await this.#clock.sleep(idleMsMax, signal);
      throw this.#failure();
    }
  }

  /** From a cache, which may be behind by as much as the client has not seen yet. */
  #wholeList(resourceVersion: string | undefined): KubeList {
    const oldest = resourceVersion === undefined || resourceVersion === ""
      ? this.#version
      : Math.max(Number(resourceVersion), this.#version - 5, 0);
    const at = oldest + Math.floor(this.#random() * (this.#version - oldest + 1));
    const items = [...this.#stateAt(at).values()];
    return { resourceVersion: String(at), continue: "", items };
  }

  #stateAt(version: number): State {
    return this.#states[version] ?? new Map();
  }

  #commit(state: State, event: WatchEvent): void {
    this.#states.push(state);
    this.#events.push(event);
  }

  #draw(): boolean {
    if (this.#random() >= this.faultRate) return false;
    this.faults++;
    return true;
  }

  #failure(): StatusError {
    const failures = [
      expired(),
      new StatusError(500, "InternalError", "etcd is down"),
      new StatusError(429, "TooManyRequests", "slow down", [], 2),
      new StatusError(404, "NotFound", "not found"),
      new StatusError(504, "Timeout", "Too large resource version"),
    ];
    return failures[Math.floor(this.#random() * failures.length)] ?? expired();
  }
}

function expired(): StatusError {
  return new StatusError(410, "Expired", "too old resource version");
}

const HISTORIES = 200;
/** These last for hours, so that the cache is compared with lists beside its watches. */
const SLOW_HISTORIES = 20;
const STEPS = 60;

interface Course {
  readonly seed: number;
  /** Longest time between changes. */
  readonly stepMs: number;
}

/** Lives through one history. @returns How many faults and comparisons it had. */
async function simulate(
  { seed, stepMs }: Course,
): Promise<{ readonly faults: number; readonly audits: number }> {
  const random = mulberry32(seed);
  const clock = new FakeClock();
  const api = new MemoryApi(clock, random);
  const { informer, run, stop, changes, registry } = setUpInformer(api, clock, { random });
  const ended = run();
  api.faultRate = 0.3;
  for (let step = 0; step < STEPS; step++) {
    const name = `map-${Math.floor(random() * 12)}`;
    if (random() < 0.6) api.put(name);
    else api.remove(name);
    if (random() < 0.1) api.compact();
    await clock.advance(random() * stepMs);
  }
  api.faultRate = 0;
  // The longest wait between attempts, a silent connection, and another attempt.
  await clock.advance(200_000);
  const state = `seed ${seed}`;
  equal(informer.synced, true, state);
  deepEqual(
    new Map(informer.list().map((object) => [object.metadata.name, object] as const)),
    new Map(api.state),
    state,
  );
  checkChangeHistory(changes);
  stop.abort();
  await ended;
  equal(clock.sleeping, 0, state);
  const labels = { resource: "configmaps" };
  equal(registry.value("reflector_missed_changes_total", labels), 0, state);
  return { faults: api.faults, audits: registry.value("reflector_audits_total", labels) };
}

Deno.test(`Informer ends up equal to the server in ${HISTORIES} random histories with faults`, async () => {
  let faults = 0;
  for (let seed = 1; seed <= HISTORIES; seed++) {
    faults += (await simulate({ seed, stepMs: 5000 })).faults;
  }
  ok(faults > HISTORIES * 5, `only ${faults} faults happened`);
});

Deno.test(`Informer misses nothing by its own account in ${SLOW_HISTORIES} histories of hours with faults`, async () => {
  let audits = 0;
  for (let seed = 1; seed <= SLOW_HISTORIES; seed++) {
    audits += (await simulate({ seed, stepMs: 120_000 })).audits;
  }
  ok(audits > SLOW_HISTORIES, `only ${audits} comparisons`);
});
