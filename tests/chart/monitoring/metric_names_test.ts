/** Alerts, dashboard and the series that alerts are tried with: all of it exists. */

import assert from "node:assert/strict";
import { WebhookProcess } from "../../support/process/webhook_process.ts";
import { ControllerProcess } from "../../support/process/controller_process.ts";
import { AgentScene } from "../../support/process/agent_process.ts";
import { documentedMetrics } from "../../support/metrics/metric_notes.ts";
import { freePort } from "../../support/network/free_port.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import { ALERT_CASES } from "./alert_cases.ts";
import { readAlerts } from "./alert_rules.ts";
import { ALL_WELL, identityOf } from "./alert_world.ts";
import { queriesOf, readDashboard } from "./dashboard.ts";
import { namesIn } from "./promql_names.ts";

/** Labels that a scrape adds. */
const SCRAPE = ["job", "namespace", "pod", "instance"];

/** The labels of each series, by its name, as the documents have them, which are compared with the code. */
const LABELS = new Map(
  [
    ...["metrics.md", "metrics-controller.md", "metrics-kubernetes.md", "metrics-process.md"],
    "webhook.md",
  ].flatMap(documentedMetrics)
    .flatMap((row): [string, readonly string[]][] => {
      const [name = "", kind, list = ""] = row.split(" ");
      const labels = list.split(",").filter((label) => label !== "");
      return kind === "histogram"
        ? [[`${name}_bucket`, [...labels, "le"]], [`${name}_sum`, labels], [
          `${name}_count`,
          labels,
        ]]
        : [[name, labels]];
    }),
);

/** All expressions, by what has them. */
const EXPRESSIONS: readonly (readonly [string, string])[] = [
  ...readAlerts().map(({ alert, expr }) => [alert, expr] as const),
  ...queriesOf(readDashboard()).map(([{ title }, { expr }]) => [title, expr] as const),
];

Deno.test("alerts and dashboard name metrics that exist, by labels that these have", () => {
  for (const [where, expr] of EXPRESSIONS) {
    const { metrics, grouping } = namesIn(expr);
    assert.ok(metrics.length > 0, `${where} names no metric`);
    const known = metrics.map(({ name, labels }) => {
      const all = LABELS.get(name);
      assert.ok(all !== undefined, `${where} names ${name}, which no document has`);
      for (const label of labels) {
        assert.ok(all.includes(label), `${where}: ${name} has no ${label}`);
      }
      return all;
    });
    for (const label of grouping) {
      const isKnown = SCRAPE.includes(label) || known.some((labels) => labels.includes(label));
      assert.ok(isKnown, `${where} groups by ${label}, which none of its metrics has`);
    }
  }
});

Deno.test("alerts are tried with series that exist", () => {
  const tried = ALERT_CASES.flatMap(({ fault, quiet = {} }) => [fault, ...Object.values(quiet)]);
  for (const series of [...ALL_WELL, ...tried.flat()]) {
    const own = Object.keys(series.labels).filter((label) => !SCRAPE.includes(label)).sort();
    const labels = LABELS.get(series.metric)?.toSorted() ?? ["(no document has this metric)"];
    assert.deepEqual(own, labels, identityOf(series));
  }
});

await integrationTest({
  name: "a controller, an agent and a webhook expose each metric that alerts and dashboard name",
  needs: ["executable"],
  run: async () => {
    await using scene = await AgentScene.create();
    await scene.createPool({});
    const agent = scene.start("up");
    await using controller = new ControllerProcess(`${scene.folder}/up`, freePort(), [
      "--leader-elect-resource-namespace=default",
    ]);
    await using webhook = new WebhookProcess(`${scene.folder}/up`, ["--namespace=default"]);
    await Promise.all([controller.leads(), webhook.serves()]);
    const missing = new Set(
      EXPRESSIONS.flatMap(([, expr]) => namesIn(expr).metrics.map(({ name }) => name)),
    );
    await waitUntil(
      async () => {
        const processes = [controller, agent, webhook];
        const pages = (await Promise.all(processes.map((each) => each.get("/metrics")))).join("\n");
        const types = [...pages.matchAll(/^# TYPE (\w+) (\w+)$/gm)];
        for (const [, name, kind] of types) {
          missing.delete(name!);
          if (kind === "histogram") {
            for (const end of ["bucket", "count"]) missing.delete(`${name}_${end}`);
          }
        }
        return missing.size === 0 || undefined;
      },
      { what: "all metrics", explain: () => `missing: ${[...missing].join()}` },
    );
  },
});
