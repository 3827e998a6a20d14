/** Seeds that once found a fault, each with what it was. */

/** A seed, and the actions of its users that it takes. */
export interface KnownSeed {
  readonly seed: number;
  readonly actionsMax: number;
  /** Completes "once …". */
  readonly once: string;
}

export const KNOWN_SEEDS: readonly KnownSeed[] = [
  {
    seed: 46,
    actionsMax: 17,
    once: "a pool's own write did not reach the other pool of its network, which counted wrongly",
  },
  {
    seed: 382,
    actionsMax: 5,
    once: "a pool that was let go by hand left its name at its network",
  },
  {
    seed: 704,
    actionsMax: 6,
    once: "a VM whose object could not be read lost the address that it was told to another VM",
  },
];
