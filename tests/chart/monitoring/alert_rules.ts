/** The alerts of the chart. */

import { parse } from "yaml";

/** The file that the PrometheusRule of the chart has in it. */
export const ALERTS_FILE: string = new URL("../../../chart/files/alerts.yaml", import.meta.url)
  .pathname;

/** An alert of Prometheus. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A rule file. */
export interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly AlertRule[] }[];
}

/** Reads all alerts of the chart. */
export function readAlerts(): readonly AlertRule[] {
  const { groups }: RuleFile = parse(Deno.readTextFileSync(ALERTS_FILE));
  return groups.flatMap(({ rules }) => rules);
}

/** For how many minutes an alert has to hold before it fires. */
export function pendingMinutesOf(rule: AlertRule): number {
  const text = rule.for ?? "0m";
  const [, minutes] = /^(\d+)m$/.exec(text) ?? [];
  if (minutes === undefined) throw new Error(`${rule.alert}: "for: ${text}" is not in minutes`);
  return Number(minutes);
}
