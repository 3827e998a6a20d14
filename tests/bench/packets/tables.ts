/** Measurements as tables. */

import type { Figure } from "./figures.ts";
import { markdownTable, median, spread } from "./statistics.ts";
import type { Measurement } from "./throughput.ts";

/** Measurements by server, in the order in which they were made. */
function bySubject(
  measurements: readonly Measurement[],
): ReadonlyMap<string, readonly Measurement[]> {
  return Map.groupBy(measurements, ({ subject }) => subject);
}

/** Exchanges by server and window, with latency and cost. */
export function throughputTable(
  byWindow: readonly (readonly Measurement[])[],
  windows: readonly number[],
): string {
  const head = [
    ...["window", "server", "exchanges/s", "median µs", "p99 µs"],
    ...["lost", "wrong", "user µs per exchange", "kernel µs per exchange", "resident MB"],
  ];
  const rows = byWindow.flatMap((measurements, index) =>
    [...bySubject(measurements)].map(([subject, own]) => [
      String(windows[index]),
      subject,
      spread(own.map(({ perSecond }) => perSecond)),
      spread(own.map(({ exchangeUs }) => exchangeUs.p50)),
      spread(own.map(({ exchangeUs }) => exchangeUs.p99)),
      spread(own.map(({ lost }) => lost)),
      spread(own.map(({ wrong }) => wrong)),
      spread(own.map(({ userUsPerExchange }) => userUsPerExchange), 1),
      spread(own.map(({ kernelUsPerExchange }) => kernelUsPerExchange), 1),
      spread(own.map(({ residentMb }) => residentMb)),
    ])
  );
  return markdownTable([head, ...rows]);
}

/** The fate of exchanges that begin at a fixed rate. */
export function openLoopTable(
  byRate: readonly (readonly Measurement[])[],
  rates: readonly number[],
): string {
  const head = ["offered exchanges/s", "server", "done/s", "lost", "median µs", "p99 µs"];
  const rows = byRate.flatMap((measurements, index) =>
    measurements.map(({ subject, perSecond, seconds, exchangeUs }) => {
      const rate = rates[index]!;
      const lostPercent = Math.max(0, 100 - perSecond / rate * 100);
      return [
        rate.toLocaleString("en"),
        subject,
        Math.round(perSecond).toLocaleString("en"),
        // An exchange under way at the end does not count as lost.
        lostPercent < 100 * 1 / seconds / 50 ? "0 %" : `${lostPercent.toFixed(1)} %`,
        String(exchangeUs.p50),
        String(exchangeUs.p99),
      ];
    })
  );
  return markdownTable([head, ...rows]);
}

/** The first server of each window in relation to the others. */
export function ratioFigures(
  byWindow: readonly (readonly Measurement[])[],
  windows: readonly number[],
): readonly Figure[] {
  const at = (window: number) => [...bySubject(byWindow[windows.indexOf(window)]!).values()];
  const speeds = at(64).map((own) => median(own.map(({ perSecond }) => perSecond)));
  const [latency, , latencyOfReflector] = at(1)
    .map((own) => median(own.map(({ exchangeUs }) => exchangeUs.p50)));
  const lost = at(256)[0]!.reduce((sum, measurement) => sum + measurement.lost, 0);
  const cpuUs = median(
    at(64)[0]!.map(({ userUsPerExchange, kernelUsPerExchange }) =>
      userUsPerExchange + kernelUsPerExchange
    ),
  );
  const [ours, , reflector, kea] = speeds;
  return [
    ratio("exchanges/s at window 64, of the reflector's", ours! / reflector!, [0.8, Infinity]),
    ratio("exchanges/s at window 64, of Kea's", ours! / kea!, [7, Infinity]),
    ratio("median latency at window 1, of the reflector's", latency! / latencyOfReflector!, [
      0,
      1.5,
    ]),
    {
      what: "lost at window 256",
      value: String(lost),
      goal: "0",
      met: lost === 0,
    },
    {
      what: "CPU per exchange at window 64",
      value: `${cpuUs.toFixed(1)} µs`,
      goal: "≤ 12 µs",
      met: cpuUs <= 12,
    },
  ];
}

function ratio(what: string, value: number, [least, most]: readonly [number, number]): Figure {
  return {
    what,
    value: `${value.toFixed(2)} ×`,
    goal: least > 0 ? `≥ ${least} ×` : `≤ ${most} ×`,
    met: value >= least && value <= most,
  };
}

/** Figures with their goals; one without a goal is only shown. */
export function figureTable(title: string, figures: readonly Figure[]): string {
  const rows = figures.map(({ what, value, goal, met }) => [
    what,
    value,
    goal,
    goal === "" ? "" : met ? "yes" : "**no**",
  ]);
  return markdownTable([[title, "measured", "goal", "met"], ...rows]);
}
