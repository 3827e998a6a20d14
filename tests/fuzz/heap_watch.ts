/** Whether a run keeps memory for each packet. */

const MEGABYTE = 2 ** 20;

/** Far above what the collector leaves lying around, far below one pointer a packet. */
const GROWTH_MB_MAX = 48;

/** Compares the least memory in use in both halves of a run: between collections it only rises. */
export class HeapWatch {
  readonly #half: number;
  readonly #least = [Infinity, Infinity];

  /** @param packets Length of the run. */
  constructor(packets: number) {
    this.#half = packets / 2;
  }

  /** @returns Megabytes in use. */
  sample(packetsDone: number): number {
    const { heapUsed, external } = Deno.memoryUsage();
    const usedMb = (heapUsed + external) / MEGABYTE;
    const half = packetsDone <= this.#half ? 0 : 1;
    this.#least[half] = Math.min(this.#least[half]!, usedMb);
    return usedMb;
  }

  /** Megabytes that the second half kept more than the first. */
  growthMb(): number {
    return this.#least[1]! - this.#least[0]!;
  }

  hasGrown(): boolean {
    return this.growthMb() > GROWTH_MB_MAX;
  }
}
