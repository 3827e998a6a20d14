/** docs/monitoring.md says of each alert what to do, and alerts lead there. */

import assert from "node:assert/strict";
import { IPPOOL_CONDITIONS } from "../../../lib/reconcile/ippool/ippool_conditions.ts";
import { readAlerts } from "./alert_rules.ts";

const ROOT = new URL("../../../", import.meta.url);
const PAGE = "https://github.com/vm-dhcp/vm-dhcp/blob/main/docs/monitoring.md";
const SEVERITIES = ["critical", "warning", "info"];

/** What an alert about one of these says by which name. */
const SUBJECTS = ["pool", "controller", "pod", "name", "network"];

Deno.test("each alert has a section in docs/monitoring.md, in the same order, and leads there", async () => {
  const text = await Deno.readTextFile(new URL("docs/monitoring.md", ROOT));
  const sections = [...text.matchAll(/^### (\w+)$/gm)].map(([, name]) => name);
  assert.deepEqual(sections, readAlerts().map(({ alert }) => alert));
  for (const { alert, annotations } of readAlerts()) {
    // The anchor that a forge makes of the heading.
    assert.equal(annotations["runbook_url"], `${PAGE}#${alert.toLowerCase()}`);
  }
});

Deno.test("each alert has a severity, and a summary and a description that name what it is about", () => {
  for (const { alert, expr, labels, annotations } of readAlerts()) {
    assert.match(alert, /^VmDhcp[A-Z]/);
    assert.ok(SEVERITIES.includes(labels["severity"] ?? ""), alert);
    assert.deepEqual(Object.keys(labels), ["severity"], alert);
    const { summary = "", description = "" } = annotations;
    for (const line of [summary, description]) assert.ok(line.endsWith("."), `${alert}: ${line}`);
    assert.ok(description.length > 80, alert);
    // Nothing is there to be named when all series are gone.
    if (expr.startsWith("absent(")) continue;
    const text = `${summary} ${description}`;
    const named = SUBJECTS.some((label) => text.includes(`{{ $labels.${label} }}`));
    assert.ok(named, `${alert} does not say what it is about`);
  }
});

Deno.test("alerts ask for conditions and reasons that pools have", async () => {
  const events = await Deno.readTextFile(new URL("docs/events.md", ROOT));
  const conditions = events.slice(events.indexOf("### 2.1 Of an IPPool")).split("\n");
  for (const { alert, expr } of readAlerts()) {
    for (const [, condition = ""] of expr.matchAll(/condition="(\w+)"/g)) {
      assert.ok(IPPOOL_CONDITIONS.includes(condition), `${alert}: ${condition}`);
      const row = conditions.find((line) => line.startsWith(`| \`${condition}\` |`)) ?? "";
      for (const [, reason = ""] of expr.matchAll(/reason!?="(\w+)"/g)) {
        assert.ok(row.includes(`\`${reason}\``), `${alert}: ${condition} has no reason ${reason}`);
      }
    }
  }
});
