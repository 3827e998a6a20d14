/** From what the agents of this very process see to conditions and Events: no port and no Secret in between. */

import { Turns } from "../../../base/turns.ts";
import type { AgentReport } from "../../../reconcile/agent_report.ts";
import type { WireObserver } from "../../ippool/agent_observer.ts";
import { WireWatch, type WireWatchOptions } from "./wire_watch.ts";

/** How often to look: each look costs a few microseconds for each pool. */
const LOOK_MS = 5000;

/** The agents of this process. */
export interface LocalAgents {
  /** What each has seen, by `namespace/name` of its pool. */
  reports(): Iterable<readonly [poolKey: string, report: AgentReport]>;
}

/** Looks at the reports of all agents of this process, for the conditions of their pools. */
export class LocalReports implements WireObserver {
  readonly #agents: LocalAgents;
  readonly #clock: WireWatchOptions["clock"];
  readonly #watch: WireWatch;
  /** Agents that report, by pool: those that have ended do not. */
  #instances: ReadonlyMap<string, string> = new Map();

  constructor(agents: LocalAgents, options: Omit<WireWatchOptions, "agentPodsOf">) {
    this.#agents = agents;
    this.#clock = options.clock;
    this.#watch = new WireWatch({
      ...options,
      agentPodsOf: (poolKey) => {
        const name = this.#instances.get(poolKey);
        return name === undefined ? [] : [{ name, ip: undefined, ready: true, runs: true }];
      },
    });
  }

  observe(poolKey: string) {
    return this.#watch.observe(poolKey);
  }

  /** Looks until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const turns = new Turns(this.#clock);
    while (!signal.aborted) {
      const instances = new Map<string, string>();
      for (const [poolKey, report] of this.#agents.reports()) {
        instances.set(poolKey, report.instance);
        this.#watch.note(poolKey, report);
        await turns.rest();
      }
      this.#instances = instances;
      this.#watch.sweep();
      await this.#clock.sleep(LOOK_MS, signal);
    }
  }
}
