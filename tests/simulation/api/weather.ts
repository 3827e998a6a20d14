/** How good the network and the server are in one world: each seed has a weather of its own. */

import { StatusError } from "../../../lib/kube/contract.ts";
import type { Fault, LinkRequest } from "./link.ts";

/** Chances of faults, and times. */
export interface Climate {
  readonly rates: Readonly<Partial<Record<Fault, number>>>;
  /** Mean time of a request to the server, and of an answer. */
  readonly latencyMs: number;
  /** Mean time by which each kind's watch is late. */
  readonly lagMs: Readonly<Record<string, number>>;
  /** Mean life of a watch; absent where none breaks off. */
  readonly watchLifeMs?: number;
}

/**
 * A write may arrive this late at most: a leader stops writing five seconds before another one may
 * begin.
 */
const TO_SERVER_MS_MAX = 4000;
const LAG_MS_MAX = 8000;

const FAIR: Climate = { rates: {}, latencyMs: 2, lagMs: {} };

/** Draws from a climate; fair once the faults are over. */
export class Weather {
  /** Whether the faults are over. */
  isFair = false;
  readonly #climate: Climate;

  constructor(climate: Climate, readonly draw: () => number) {
    this.#climate = climate;
  }

  latencyMs(): number {
    return Math.min(this.#spread(this.#now.latencyMs), TO_SERVER_MS_MAX);
  }

  lagMs(plural: string): number {
    return Math.min(this.#spread(this.#now.lagMs[plural] ?? 3), LAG_MS_MAX);
  }

  watchLifeMs(): number {
    const { watchLifeMs } = this.#now;
    return watchLifeMs === undefined ? Infinity : 100 + this.#spread(watchLifeMs);
  }

  faultOf({ isWrite }: LinkRequest): Fault | undefined {
    const draw = this.draw();
    let sum = 0;
    for (const [fault, rate] of Object.entries(this.#now.rates) as [Fault, number][]) {
      if (!isWrite && fault !== "lost" && fault !== "refused") continue;
      sum += rate;
      if (draw < sum) return fault;
    }
    return undefined;
  }

  refusal(): StatusError {
    const draw = this.draw();
    if (draw < 0.3) return new StatusError(500, "InternalError", "etcdserver: leader changed");
    if (draw < 0.6) return new StatusError(503, "ServiceUnavailable", "the server is not ready");
    if (draw < 0.8) return new StatusError(504, "Timeout", "request did not complete in time");
    return new StatusError(429, "TooManyRequests", "the server is busy", [], 1);
  }

  get #now(): Climate {
    return this.isFair ? FAIR : this.#climate;
  }

  /** Exponential, in whole milliseconds. */
  #spread(mean: number): number {
    return Math.round(-Math.log(1 - this.draw()) * mean);
  }
}
