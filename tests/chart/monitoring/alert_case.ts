/** What an alert is tried with. */

import type { TestSeries } from "./alert_world.ts";

/** When an alert fires, with which labels, and when it does not although it looks alike. */
export interface AlertCase {
  readonly alert: string;
  /** Changes of the site where all is well, from its first minute on. */
  readonly fault: readonly TestSeries[];
  /** Labels of the alert beside its severity. */
  readonly labels: Readonly<Record<string, string>>;
  /** What stands for `$value` in its annotations. */
  readonly value?: string;
  /** Minutes until a series of the fault shows, because it counts over time. */
  readonly delayMinutes?: number;
  /** Changes at which no alert fires, by what they are. */
  readonly quiet?: Readonly<Record<string, readonly TestSeries[]>>;
}
