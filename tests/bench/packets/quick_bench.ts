/**
 * `./dev bench --quick`: the agent against the reflector in half a minute. It prints a
 * comparison without a verdict, because a slow machine is not the program's fault.
 */

import { NetworkNamespace } from "../../support/network/network_namespace.ts";
import { isExecutable } from "../../../tools/programs.ts";
import { BenchPool, COMPILED, FROM_SOURCE } from "./agent_subject.ts";
import { median } from "./statistics.ts";
import { REFLECTOR } from "./subject.ts";
import { measureInTurns } from "./throughput.ts";

const LOADS = [{ window: 1, seconds: 1 }, { window: 64, seconds: 1 }];
const REPETITIONS = 4;
/** Time for the runtime to compile the packet path. */
const WARM_UP_SECONDS = 4;

/** Measures, and prints a line for each load. */
export async function quickBench(): Promise<void> {
  await using pool = await BenchPool.create();
  await using clientPlace = await NetworkNamespace.create();
  const build = await isExecutable(COMPILED.command[0]!) ? COMPILED : FROM_SOURCE;
  await using agent = await pool.agent(build).start(clientPlace);
  await using reflector = await REFLECTOR.start(clientPlace);
  await measureInTurns([agent], {
    loads: [{ window: 64, seconds: WARM_UP_SECONDS }],
    repetitions: 1,
    onProgress: () => {},
  });
  const found = await measureInTurns([agent, reflector], {
    loads: LOADS,
    repetitions: REPETITIONS,
    onProgress: () => {},
  });
  for (const [index, measurements] of found.entries()) {
    const [ours, theirs] = [agent, reflector].map(({ name }) => {
      const own = measurements.filter(({ subject }) => subject === name);
      return {
        perSecond: median(own.map(({ perSecond }) => perSecond)),
        p50: median(own.map(({ exchangeUs }) => exchangeUs.p50)),
        lost: own.reduce((sum, { lost }) => sum + lost, 0),
      };
    });
    console.log(
      `window ${LOADS[index]!.window}: ${agent.name} ${ours!.perSecond.toFixed(0)} exchanges/s ` +
        `(${(ours!.perSecond / theirs!.perSecond).toFixed(2)} of the C reflector's), median ` +
        `${ours!.p50} µs (${(ours!.p50 / theirs!.p50).toFixed(2)} of its), ${ours!.lost} lost`,
    );
  }
}

if (import.meta.main) await quickBench();
