/** The alerts of the chart, evaluated by promtool: each fires when it should, and alone. */

import assert from "node:assert/strict";
import { stringify } from "yaml";
import { integrationTest } from "../../support/harness/integration_test.ts";
import type { AlertCase } from "./alert_case.ts";
import { ALERT_CASES } from "./alert_cases.ts";
import { type AlertRule, ALERTS_FILE, pendingMinutesOf, readAlerts } from "./alert_rules.ts";
import { promtool } from "./promtool.ts";
import { identityOf, type TestSeries, worldWith } from "./alert_world.ts";

const RULES = readAlerts();

/** An alert that is expected, as promtool has it. */
interface Expected {
  readonly rule: AlertRule;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: string;
}

/** A group of promtool: of all alerts, exactly the expected ones fire after so many minutes. */
function groupOf(
  name: string,
  changes: readonly TestSeries[],
  firing: readonly { readonly minutes: number; readonly expected: readonly Expected[] }[],
) {
  return {
    name,
    interval: "1m",
    input_series: worldWith(changes).map((each) => ({
      series: identityOf(each),
      values: each.values,
    })),
    alert_rule_test: firing.flatMap(({ minutes, expected }) =>
      RULES.map(({ alert }) => ({
        eval_time: `${minutes}m`,
        alertname: alert,
        exp_alerts: expected.filter(({ rule }) => rule.alert === alert).map(asPromtoolHasIt),
      }))
    ),
  };
}

function asPromtoolHasIt({ rule, labels, value }: Expected) {
  const render = (text: string) =>
    text.replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, (_, label) => {
      assert.ok(label in labels, `${rule.alert} has no label ${label}`);
      return labels[label]!;
    }).replaceAll(/\{\{ \$value[^}]*\}\}/g, value);
  const annotations = Object.entries(rule.annotations).map(([key, text]) => [key, render(text)]);
  return {
    exp_labels: { ...labels, ...rule.labels },
    exp_annotations: Object.fromEntries(annotations),
  };
}

function groupsOf({ alert, fault, labels, value = "?", delayMinutes = 0, quiet = {} }: AlertCase) {
  const rule = RULES.find((each) => each.alert === alert);
  assert.ok(rule !== undefined, `there is no alert ${alert}`);
  const lateMinutes = pendingMinutesOf(rule) + delayMinutes;
  return [
    groupOf(alert, fault, [
      ...lateMinutes === 0 ? [] : [{ minutes: lateMinutes - 1, expected: [] }],
      { minutes: lateMinutes + 5, expected: [{ rule, labels, value }] },
    ]),
    ...Object.entries(quiet).map(([name, changes]) =>
      groupOf(name, changes, [20, 40, 90].map((minutes) => ({ minutes, expected: [] })))
    ),
  ];
}

async function tryRules(groups: readonly ReturnType<typeof groupOf>[]): Promise<void> {
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    const test = { rule_files: [ALERTS_FILE], evaluation_interval: "1m", tests: groups };
    await Deno.writeTextFile(file, stringify(test, { aliasDuplicateObjects: false }));
    await promtool("test", "rules", file);
  } finally {
    await Deno.remove(file);
  }
}

await integrationTest({
  name: "the alerts are a rule file that promtool accepts",
  needs: ["promtool"],
  run: async () => {
    const said = await promtool("check", "rules", ALERTS_FILE);
    assert.match(said, new RegExp(`SUCCESS: ${RULES.length} rules found`));
  },
});

await integrationTest({
  name: "no alert fires where all is well",
  needs: ["promtool"],
  run: () => tryRules([groupOf("all well", [], [{ minutes: 90, expected: [] }])]),
});

for (const each of ALERT_CASES) {
  await integrationTest({
    name: `alert ${each.alert} fires in time and alone, by ${nameOf(each.fault.at(-1)!)}`,
    needs: ["promtool"],
    run: () => tryRules(groupsOf(each)),
  });
}

Deno.test("each alert has a case", () => {
  const names = RULES.map(({ alert }) => alert);
  assert.deepEqual(names, [...new Set(ALERT_CASES.map(({ alert }) => alert))]);
});

/** A series as a name of a test has it: without the labels that many have. */
function nameOf({ metric, labels }: TestSeries): string {
  const common = ["job", "namespace", "pod", "instance", "ippool", "network", "pool", "subnet"];
  const own = Object.entries(labels).filter(([label]) => !common.includes(label));
  return [metric, ...own.map(([, value]) => value)].join(" ");
}
