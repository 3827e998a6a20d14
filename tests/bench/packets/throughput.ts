/** Exchanges per second of a server, and the time of each. */

import type { Load, LoadResult } from "./load.ts";
import { runLoad } from "./load.ts";
import { cpuSecondsBetween, cpuSecondsOf, residentMbOf } from "./process_stats.ts";
import type { Subject } from "./subject.ts";

/** One measurement of one server. */
export interface Measurement extends LoadResult {
  readonly subject: string;
  readonly perSecond: number;
  readonly userUsPerExchange: number;
  readonly kernelUsPerExchange: number;
  readonly residentMb: number;
}

/** Puts a load on a server and measures its cost. */
export async function measure(subject: Subject, load: Load): Promise<Measurement> {
  const before = await cpuSecondsOf(subject.pid);
  const result = await runLoad(subject.load, load);
  const { user, kernel } = cpuSecondsBetween(before, await cpuSecondsOf(subject.pid));
  const exchanges = Math.max(1, result.exchanges);
  return {
    ...result,
    subject: subject.name,
    perSecond: result.exchanges / result.seconds,
    userUsPerExchange: user * 1e6 / exchanges,
    kernelUsPerExchange: kernel * 1e6 / exchanges,
    residentMb: await residentMbOf(subject.pid),
  };
}

/** Options of {@link measureInTurns}. */
export interface Turns {
  readonly loads: readonly Load[];
  readonly repetitions: number;
  readonly onProgress: (text: string) => void;
}

/**
 * Measures servers one after the other, again and again, so that other work of the
 * machine affects all of them.
 *
 * @returns Measurements by load, in the order of `loads`.
 */
export async function measureInTurns(
  subjects: readonly Subject[],
  { loads, repetitions, onProgress }: Turns,
): Promise<readonly (readonly Measurement[])[]> {
  const found: Measurement[][] = loads.map(() => []);
  for (let repetition = 1; repetition <= repetitions; repetition++) {
    for (const [index, load] of loads.entries()) {
      for (const subject of subjects) {
        const measurement = await measure(subject, load);
        found[index]!.push(measurement);
        onProgress(
          `${repetition}/${repetitions} ${JSON.stringify(load)} ${subject.name}: ` +
            `${measurement.perSecond.toFixed(0)} exchanges/s, ${measurement.lost} lost`,
        );
      }
    }
  }
  return found;
}
