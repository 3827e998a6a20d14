/**
 * Seeds that found a fault. A seed tells another story once there are other actions; that the fault itself
 * would still be found, a plant of the same words shows; of one that shows in some thousands of seeds, a unit test does.
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
  {
    seed: 7330536,
    actionsMax: 37,
    once: "the items of two network interfaces with one MAC address changed places with each plan",
  },
  {
    seed: 7350456,
    actionsMax: 49,
    once: "such items changed places where an interface without a MAC address comes before them",
  },
  {
    seed: 7341806,
    actionsMax: 14,
    once: "a pool was let go by what was known before its labels were taken away",
  },
  {
    seed: 7345380,
    actionsMax: 31,
    once: "a pool was let go by what was known before, beside another pool of its network",
  },
  {
    seed: 7341871,
    actionsMax: 29,
    once: "a pool was let go by the answer that told of one VM before the watch told of the next",
  },
];
