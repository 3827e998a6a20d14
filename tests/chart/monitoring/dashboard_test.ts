/** The dashboard of the chart is one that Grafana shows. */

import assert from "node:assert/strict";
import { stringify } from "yaml";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { promtool } from "./promtool.ts";
import { queriesOf, readDashboard } from "./dashboard.ts";

const DASHBOARD = readDashboard();
const DATASOURCE = { type: "prometheus", uid: "${datasource}" };

Deno.test("panels of the dashboard have an identity, a title and a place of their own", () => {
  const { panels } = DASHBOARD;
  const ids = panels.map(({ id }) => id);
  assert.deepEqual(ids, [...new Set(ids)]);
  const cells = new Set<string>();
  for (const { title, type, description, gridPos: { x, y, w, h } } of panels) {
    assert.ok(title !== "" && (type === "row" || description !== undefined), title);
    assert.ok(x >= 0 && x + w <= 24, `${title} is wider than the dashboard`);
    for (let column = x; column < x + w; column++) {
      for (let line = y; line < y + h; line++) {
        assert.ok(!cells.has(`${column} ${line}`), `${title} covers another panel`);
        cells.add(`${column} ${line}`);
      }
    }
  }
});

Deno.test("the dashboard asks the data source that is chosen, in whatever namespace vm-dhcp is", () => {
  const [first, ...others] = DASHBOARD.templating.list;
  assert.equal(first?.name, "datasource");
  assert.equal(first.type, "datasource");
  assert.equal(first.query, "prometheus");
  for (const { datasource } of others) assert.deepEqual(datasource, DATASOURCE);
  for (const [panel, target] of queriesOf(DASHBOARD)) {
    for (const { datasource } of [panel, target]) {
      assert.deepEqual(datasource, DATASOURCE, panel.title);
    }
    assert.doesNotMatch(target.expr, /namespace\s*=|job\s*=/, panel.title);
  }
  const refIds = DASHBOARD.panels.map(({ targets = [] }) => targets.map(({ refId }) => refId));
  for (const ids of refIds) assert.deepEqual(ids, [...new Set(ids)]);
  const { list } = DASHBOARD.templating;
  const known = [...list.map(({ name }) => name), "__rate_interval"];
  const used = [...JSON.stringify(DASHBOARD.panels).matchAll(/\$\{?(\w+)/g)].map(([, name]) =>
    name!
  );
  assert.deepEqual(used.filter((name) => !known.includes(name)), []);
});

await integrationTest({
  name: "Prometheus understands what the dashboard asks",
  needs: ["promtool"],
  run: async () => {
    const rules = queriesOf(DASHBOARD).map(([, { expr }], i) => ({
      record: `query:${i}`,
      expr: expr.replaceAll("$__rate_interval", "5m").replaceAll("$pool", ".*"),
    }));
    const file = await Deno.makeTempFile({ suffix: ".yaml" });
    try {
      await Deno.writeTextFile(file, stringify({ groups: [{ name: "dashboard", rules }] }));
      const said = await promtool("check", "rules", file);
      assert.match(said, new RegExp(`SUCCESS: ${rules.length} rules found`));
    } finally {
      await Deno.remove(file);
    }
  },
});
