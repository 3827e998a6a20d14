/** Runs controllers of any kind: changes of what one watches become keys of its queue. */

import { ControlLoop, type ControlLoopOptions, type Reconcile } from "./control_loop.ts";
import type { Watched } from "./fresh_cache.ts";

/** A change that concerns more objects than this is a backlog: what a user does now goes first. */
const FRESH_KEYS_MAX = 100;

/** What a controller is: a new one is one more of these. */
export interface ControllerDescriptor {
  /** Label of its metrics and field of its log lines. */
  readonly name: string;
  /** Keys that are reconciled at once; never two of the same key. */
  readonly workers: number;
  readonly watches: readonly Watch[];
  readonly reconcile: Reconcile;
  /** Whether the others work while what this one watches is not there. */
  readonly isOptional?: boolean;
}

/** Changes that a controller follows. Made by {@link watch}. */
export interface Watch {
  whenSynced(): Promise<void>;
  /** Calls back at each change, with the keys that it concerns. */
  onKeys(enqueue: (keys: Iterable<string>) => void): void;
}

/** @param keysOf Says which keys of the controller have to be reconciled after a change. */
export function watch<C>(
  objects: Watched<C>,
  keysOf: (change: C) => Iterable<string>,
): Watch {
  return {
    whenSynced: () => objects.whenSynced(),
    onKeys: (enqueue) => objects.onChange((change) => enqueue(keysOf(change))),
  };
}

/** A controller at work. */
interface Run {
  readonly controller: ControllerDescriptor;
  readonly loop: ControlLoop;
  /** Until the loop runs, all that is told is the first list: what has been there for long. */
  isRunning: boolean;
}

/** Several controllers that start and end together. */
export class ControllerSet {
  readonly #runs = new Map<string, Run>();

  constructor(
    controllers: readonly ControllerDescriptor[],
    parts: Pick<ControlLoopOptions, "log" | "registry" | "clock" | "random">,
  ) {
    for (const controller of controllers) {
      const loop = new ControlLoop({ ...controller, ...parts });
      const run: Run = { controller, loop, isRunning: false };
      this.#runs.set(controller.name, run);
      for (const each of controller.watches) each.onKeys((keys) => enqueue(run, keys));
    }
  }

  /** Asks a controller to reconcile a key, for another reason than the change of an object. */
  enqueue(name: string, key: string): void {
    this.#runs.get(name)?.loop.enqueue(key);
  }

  /**
   * Waits until everything that is watched is synced, then works until the signal aborts. An optional
   * controller begins by itself.
   */
  async run(signal: AbortSignal): Promise<void> {
    const runs = [...this.#runs.values()];
    const optional = runs.filter(({ controller }) => controller.isOptional);
    const needed = runs.filter(({ controller }) => !controller.isOptional);
    await Promise.all([needed, ...optional.map((run) => [run])].map((each) => work(each, signal)));
  }
}

/** Runs controllers that need each other's objects. */
async function work(runs: readonly Run[], signal: AbortSignal): Promise<void> {
  if (!await isSynced(runs.flatMap(({ controller }) => controller.watches), signal)) return;
  for (const run of runs) run.isRunning = true;
  await Promise.all(runs.map(({ loop }) => loop.run(signal)));
}

function enqueue({ loop, isRunning }: Run, keys: Iterable<string>): void {
  const unique = new Set(keys);
  const isFresh = isRunning && unique.size <= FRESH_KEYS_MAX;
  for (const key of unique) loop.enqueue(key, isFresh ? "fresh" : "backlog");
}

/** A plan from half a world would take addresses from VMs that are only not known yet. */
async function isSynced(watches: readonly Watch[], signal: AbortSignal): Promise<boolean> {
  try {
    await Promise.all(watches.map((each) => each.whenSynced()));
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}
