/**
 * Seeds that found a fault. A seed tells another story once there are other actions; that the fault itself
 * would still be found, a plant of the same words shows.
 */

/** A seed, and the actions of its users that it takes. */
export interface KnownSeed {
  readonly seed: number;
  readonly actionsMax: number;
  /** Completes "once …". */
  readonly once: string;
}

export const KNOWN_SEEDS: readonly KnownSeed[] = [
  {
    seed: 195,
    actionsMax: 31,
    once: "a pool was planned from before its own write where its record named a MAC twice",
  },
];
