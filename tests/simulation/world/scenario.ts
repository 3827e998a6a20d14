/** What a world is like: how large, how faulty, and who does what in it how often. */

import type { Climate } from "../api/weather.ts";
import { ACTIONS } from "../users/actions.ts";
import { DISTURBANCES } from "./disturbances.ts";

/** A world's traits. */
export interface Scenario {
  readonly processes: number;
  readonly streamsLists: boolean;
  /** Whether the controllers' role lets them label networks. */
  readonly mayLabel: boolean;
  readonly climate: Climate;
  /** Things that users do in all. */
  readonly actions: number;
  /** Mean time between two of them. */
  readonly actionEveryMs: number;
  /** Mean time between two disturbances; absent in a calm world. */
  readonly disturbanceEveryMs: number | undefined;
  readonly actionWeights: readonly number[];
  readonly disturbanceWeights: readonly number[];
  /** Addresses that a pool has to hand out at first. */
  readonly poolSize: number;
  readonly vms: number;
  readonly macs: number;
  readonly networks: number;
}

const KINDS = [
  "ippools",
  "virtualmachinenetworkconfigs",
  "network-attachment-definitions",
  "virtualmachines",
  "virtualmachineinstances",
];

/**
 * Draws the traits. Each world lacks some actions and faults and has more of others: what only shows
 * in an unlikely mixture is likely in some of them.
 */
export function drawScenario(chance: () => number): Scenario {
  const isCalm = chance() < 0.15;
  const rate = () => isCalm || chance() < 0.4 ? 0 : chance() ** 2 * 0.2;
  const rates = {
    "lost": rate(),
    "unanswered": rate(),
    "refused": rate(),
    "contended": rate(),
    "crash before": rate() / 6,
    "crash after": rate() / 6,
  };
  const lag = () => isCalm || chance() < 0.5 ? 3 : chance() ** 2 * 3000;
  return {
    processes: chance() < 0.5 ? 1 : 2,
    streamsLists: chance() < 0.7,
    mayLabel: chance() < 0.9,
    climate: {
      rates,
      latencyMs: isCalm || chance() < 0.6 ? 2 : chance() ** 2 * 400,
      lagMs: Object.fromEntries(KINDS.map((kind) => [kind, lag()])),
      ...(isCalm || chance() < 0.6 ? {} : { watchLifeMs: 2000 + chance() * 20_000 }),
    },
    actions: 10 + Math.floor(chance() * 50),
    actionEveryMs: chance() < 0.5 ? 50 + chance() * 300 : 300 + chance() * 3000,
    disturbanceEveryMs: isCalm || chance() < 0.3 ? undefined : 2000 + chance() * 15_000,
    actionWeights: ACTIONS.map(({ weight }) => chance() < 0.35 ? 0 : weight * chance() * 2),
    disturbanceWeights: DISTURBANCES.map(() => chance() < 0.4 ? 0 : chance()),
    poolSize: 2 + Math.floor(chance() * 10),
    vms: 2 + Math.floor(chance() * 6),
    macs: 3 + Math.floor(chance() * 8),
    networks: 1 + Math.floor(chance() * 3),
  };
}
