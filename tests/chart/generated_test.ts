/** What is written twice is the same. */

import assert from "node:assert/strict";
import { parse } from "yaml";
import { CRD_TEXTS } from "../../cmd/compose/crd_files.ts";
import { readChartTexts } from "../../tools/chart/chart.ts";
import { withGenerated } from "../../tools/chart/generated.ts";
import { valuesOf } from "../../tools/chart/values_document.ts";
import { PROJECT } from "../../tools/steps.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { CHART, parseObjects, runHelm, template } from "./helm.ts";
import { inFolder } from "../support/harness/in_folder.ts";

Deno.test("chart/README.md and the schema of the values are up to date: ./dev chart", async () => {
  const texts = await readChartTexts();
  assert.deepEqual(withGenerated(texts), texts);
});

Deno.test("each value of the chart is described", async () => {
  const { "values.yaml": values, "values.schema.json": schema } = await readChartTexts();
  const silent = valuesOf(values, JSON.parse(schema)).filter(({ byDefault, description }) =>
    byDefault !== undefined && description === ""
  );
  assert.deepEqual(silent.map(({ path }) => path), []);
});

Deno.test("the chart has the version of the executable, and so has its image", async () => {
  const { version } = JSON.parse(await Deno.readTextFile(`${PROJECT}/deno.json`));
  const chart = parse(await Deno.readTextFile(`${CHART}/Chart.yaml`));
  assert.deepEqual([chart.version, chart.appVersion], [version, version]);
});

await integrationTest({
  name: "the definitions of the chart are those of the executable",
  needs: ["helm"],
  async run() {
    const { stdout } = await runHelm(["show", "crds", CHART]);
    const byName = (text: string) =>
      new Map(parseObjects(text).map((object) => [object.metadata.name, object]));
    assert.equal(byName(stdout).size, 2);
    assert.deepEqual(byName(stdout), byName(CRD_TEXTS.join("")));
  },
});

await integrationTest({
  name: "the packaged chart renders what the folder does, definitions and all",
  needs: ["helm"],
  async run() {
    await inFolder(async (folder) => {
      const packaged = await runHelm(["package", CHART, "--destination", folder]);
      assert.equal(packaged.code, 0, packaged.stderr);
      const [archive] = [...Deno.readDirSync(folder)].map(({ name }) => `${folder}/${name}`);
      const args = ["--include-crds"];
      const [of, ofArchive] = [await template({ args }), await template({ args, chart: archive! })];
      assert.equal(ofArchive.code, 0, ofArchive.stderr);
      assert.equal(ofArchive.stdout, of.stdout);
    });
  },
});
