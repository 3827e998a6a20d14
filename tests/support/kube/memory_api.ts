/** Lists and watches as an API server with its caches gives them, in memory, with drawn faults. */

import type { Clock } from "../../../lib/base/clock.ts";
import type { KubeObject, ResourceType } from "../../../lib/api/meta.ts";
import { StatusError } from "../../../lib/kube/contract.ts";
import type {
  KubeClient,
  KubeList,
  ListOptions,
  WatchEvent,
  WatchOptions,
} from "../../../lib/kube/contract.ts";
import { configMap } from "./kube_samples.ts";

type State = ReadonlyMap<string, KubeObject>;

/** Objects of a page, however many are asked for: small, so that there are pages at all. */
const PAGE_OBJECTS = 3;

/** Serves what {@link put} and {@link remove} made. */
export class MemoryApi implements Pick<KubeClient, "list" | "watch"> {
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
