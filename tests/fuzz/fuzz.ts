/**
 * `./dev fuzz --seed N --packets N`: damages packets and lets the engine answer them. With `--reviews N`,
 * it spoils reviews and lets the webhook answer them instead. The seed is printed first; the same seed
 * repeats the run. Exits with 1 and the packet in hexadecimal, or the review, when an invariant breaks.
 */

import { parseArgs } from "node:util";
import { hexOf } from "../support/dhcp/dhcp_replies.ts";
import { wholeNumber } from "../support/harness/whole_number.ts";
import { runMain } from "../../tools/run_main.ts";
import { runFuzz } from "./fuzz_run.ts";
import { HeapWatch } from "./heap_watch.ts";
import { runReviews } from "./review_run.ts";

const PACKETS_DEFAULT = 1_000_000;
const REPORT_EVERY = 250_000;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: "string" },
      packets: { type: "string" },
      reviews: { type: "string" },
    },
  });
  const seed = wholeNumber(values.seed) ?? Date.now() % 2 ** 32;
  const reviews = wholeNumber(values.reviews);
  if (reviews !== undefined) return await fuzzReviews(seed, reviews);
  return fuzzPackets(seed, wholeNumber(values.packets) ?? PACKETS_DEFAULT);
}

async function fuzzReviews(seed: number, reviews: number): Promise<number> {
  console.log(`seed ${seed}, ${reviews} reviews`);
  const { outcomes, failure, longestMs, peerMs } = await runReviews({ seed, reviews });
  tellOutcomes(outcomes);
  if (failure !== undefined) {
    console.error(`review ${failure.index} of seed ${seed}: ${failure.violation}`);
    console.error(failure.text);
    return 1;
  }
  console.log(
    `the slowest took ${longestMs.toFixed(1)} ms of the processor; to read and write the`,
  );
  console.log(`largest takes ${peerMs.toFixed(1)} ms`);
  return 0;
}

function tellOutcomes(outcomes: ReadonlyMap<string, number>): void {
  for (const [outcome, count] of [...outcomes].sort((a, b) => b[1] - a[1])) {
    console.log(`${String(count).padStart(10)} ${outcome}`);
  }
}

function fuzzPackets(seed: number, packets: number): number {
  console.log(`seed ${seed}, ${packets} packets`);
  const startMs = performance.now();
  const heap = new HeapWatch(packets);
  const { outcomes, failure } = runFuzz({
    seed,
    packets,
    onProgress: (done) => {
      const usedMb = heap.sample(done);
      if (done % REPORT_EVERY !== 0) return;
      const rate = Math.round(done / (performance.now() - startMs) * 1000);
      console.log(`${done} packets, ${rate} packets/s, heap ${usedMb.toFixed(1)} MB`);
    },
  });
  tellOutcomes(outcomes);
  if (failure !== undefined) {
    console.error(`packet ${failure.index} of seed ${seed}: ${failure.violation}`);
    console.error(hexOf(failure.packet));
    return 1;
  }
  if (heap.hasGrown()) {
    console.error(`the heap grew by ${heap.growthMb().toFixed(1)} MB during the run`);
    return 1;
  }
  return 0;
}

if (import.meta.main) await runMain(main);
