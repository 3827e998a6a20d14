/** Changes of what the chart renders are seen by whoever reviews them. */

import assert from "node:assert/strict";
import { integrationTest } from "../support/harness/integration_test.ts";
import { GOLDEN, readGolden, renderGolden } from "./golden.ts";

for (const name of Object.keys(GOLDEN)) {
  await integrationTest({
    name: `the chart renders what tests/testdata/chart/golden/${name}.yaml shows`,
    needs: ["helm"],
    // To change them on purpose: deno run -A tests/chart/golden.ts
    async run() {
      assert.equal(await renderGolden(name), await readGolden(name));
    },
  });
}
