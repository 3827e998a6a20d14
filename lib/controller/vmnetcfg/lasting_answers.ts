/**
 * What VMs are told of whether their pool is answered: what has lasted. An agent that starts again, or another
 * one that takes its place, would otherwise cost two writes for each VM of the pool.
 */

import { isJsonEqual } from "../../base/json.ts";
import type { Clock } from "../../base/clock.ts";
import type { PoolView } from "../../reconcile/ippool/pool_view.ts";
import { type PoolAnswers, poolAnswersOf } from "../../reconcile/vmnetcfg/pool_answers.ts";
import type { KnownAnswers } from "../../reconcile/vmnetcfg/served.ts";
import type { PoolViews } from "../ippool/pool_views.ts";
import type { ReconcileResult } from "../runtime/control_loop.ts";
import { type ControllerDescriptor, watch } from "../runtime/controller_set.ts";
import type { Watched } from "../runtime/fresh_cache.ts";

/**
 * What other hosts do. The pool's own condition waits before it says so, changes once a minute at most, and
 * goes on to say it for minutes after the last sighting.
 */
const LASTED: readonly PoolAnswers["reason"][] = ["OtherServer", "ServerAddressInUse"];

/** Longer than agents take to start again, or to take over. */
const TROUBLE_MS = 45_000;

/** For the end of a trouble that VMs were told of: what comes and goes is told less often. */
const RECOVERY_MS = 15_000;

/** For another sentence about the same trouble. */
const SENTENCE_MS = 600_000;

interface PoolState {
  /** What VMs are told; `undefined` while nothing has lasted. */
  shown: PoolAnswers | undefined;
  /** Since when it is something else, by the monotonic clock, and how long that has to last. */
  other: { readonly sinceMs: number; readonly lastingMs: number } | undefined;
}

/** What it needs. */
export interface LastingAnswersOptions {
  readonly clock: Clock;
  /** Whether this controller knows the agents of pools. */
  readonly areAgentsObserved: boolean;
}

/** Follows all pools. A change is the name of a network whose VMs are to be told something else. */
export class LastingAnswers implements Watched<string> {
  readonly #views: PoolViews;
  readonly #clock: Clock;
  readonly #areAgentsObserved: boolean;
  readonly #states = new Map<string, PoolState>();
  readonly #handlers: ((network: string) => void)[] = [];

  constructor(views: PoolViews, { clock, areAgentsObserved }: LastingAnswersOptions) {
    this.#views = views;
    this.#clock = clock;
    this.#areAgentsObserved = areAgentsObserved;
  }

  /** What is known of a pool. */
  of(pool: PoolView): KnownAnswers {
    const { shown } = this.#stateOf(pool);
    return shown === undefined
      ? { answers: poolAnswersOf(pool, this.#areAgentsObserved), isLasting: false }
      : { answers: shown, isLasting: true };
  }

  /** The controller that looks when something may have lasted. */
  controller(): ControllerDescriptor {
    return {
      name: "vm-dhcp-served-controller",
      workers: 1,
      watches: [watch(this.#views, ({ key }) => [key])],
      reconcile: (key) => Promise.resolve(this.#look(key)),
    };
  }

  whenSynced(): Promise<void> {
    return this.#views.whenSynced();
  }

  onChange(handler: (network: string) => void): void {
    this.#handlers.push(handler);
  }

  #look(key: string): ReconcileResult {
    const pool = this.#views.get(key);
    if (pool === undefined) {
      this.#states.delete(key);
      return {};
    }
    const state = this.#stateOf(pool);
    const now = poolAnswersOf(pool, this.#areAgentsObserved);
    if (isJsonEqual(state.shown, now)) {
      state.other = undefined;
      return {};
    }
    const nowMs = this.#clock.monotonicMs();
    const lastingMs = lastingMsOf(state.shown, now);
    if (state.other?.lastingMs !== lastingMs) state.other = { sinceMs: nowMs, lastingMs };
    const leftMs = state.other.sinceMs + lastingMs - nowMs;
    if (leftMs <= 0) this.#show(pool, { shown: now, other: undefined });
    // A pause that is over is nothing that VMs may go on to be told.
    else if (state.shown?.reason === "PoolPaused") this.#show(pool, { ...state, shown: undefined });
    return leftMs > 0 ? { requeueAfterMs: leftMs } : {};
  }

  #show({ key, network }: PoolView, state: PoolState): void {
    this.#states.set(key, state);
    if (network === undefined) return;
    for (const handler of this.#handlers) handler(network);
  }

  #stateOf(pool: PoolView): PoolState {
    const known = this.#states.get(pool.key);
    if (known !== undefined) return known;
    const now = poolAnswersOf(pool, this.#areAgentsObserved);
    const lastingMs = lastingMsOf(undefined, now);
    const state: PoolState = lastingMs === 0
      ? { shown: now, other: undefined }
      : { shown: undefined, other: { sinceMs: this.#clock.monotonicMs(), lastingMs } };
    this.#states.set(pool.key, state);
    return state;
  }
}

/** How long something has to last before it is told instead of what is told now. */
function lastingMsOf(shown: PoolAnswers | undefined, now: PoolAnswers): number {
  if (now.reason === "PoolPaused") return 0;
  if (now.status === "True") return shown?.status === "False" ? RECOVERY_MS : 0;
  if (shown === undefined && now.status === "Unknown") return 0;
  if (shown?.reason === now.reason) return SENTENCE_MS;
  return LASTED.includes(now.reason) ? 0 : TROUBLE_MS;
}
