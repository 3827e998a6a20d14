/**
 * The cost of the controller on a kube-apiserver:
 * `deno run --allow-all tests/bench/controller_bench.ts`. Writes docs/performance.md.
 */

import { measureOneMore } from "./kube/controller_one_more.ts";
import { isExecutable } from "../../tools/programs.ts";
import { PROGRAMS } from "../support/process/standalone_process.ts";
import { spread } from "./packets/statistics.ts";

const say = (text: string) => console.error(`bench: ${text}`);
const command = await isExecutable(PROGRAMS.executable[0]) ? PROGRAMS.executable : PROGRAMS.source;
for (const size of Deno.args.map(Number)) {
  const cost = await measureOneMore(command, size, say);
  console.log(
    size,
    "floor",
    spread(cost.floorMs),
    "told",
    spread(cost.toldMs),
    "cpu",
    spread(cost.cpuMs, 1),
    "peak",
    spread(cost.peakMb),
  );
  console.log(cost.restarts);
}
