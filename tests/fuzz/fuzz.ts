/**
 * `./dev fuzz --seed N --packets N`: damages packets and lets the engine answer them. The seed is
 * printed first; the same seed repeats the run. Exits with 1 and the packet in hexadecimal when an
 * invariant breaks.
 */

import { parseArgs } from "node:util";
import { hexOf } from "../support/dhcp/dhcp_replies.ts";
import { wholeNumber } from "../support/harness/whole_number.ts";
import { runMain } from "../../tools/run_main.ts";
import { runFuzz } from "./fuzz_run.ts";
import { HeapWatch } from "./heap_watch.ts";

const PACKETS_DEFAULT = 1_000_000;
const REPORT_EVERY = 250_000;

function main(): number {
  const { values } = parseArgs({
    options: { seed: { type: "string" }, packets: { type: "string" } },
  });
  const seed = wholeNumber(values.seed) ?? Date.now() % 2 ** 32;
  const packets = wholeNumber(values.packets) ?? PACKETS_DEFAULT;
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
  for (const [outcome, count] of [...outcomes].sort((a, b) => b[1] - a[1])) {
    console.log(`${String(count).padStart(10)} ${outcome}`);
  }
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
