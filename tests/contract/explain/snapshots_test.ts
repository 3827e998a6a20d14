/** What `vm-dhcp explain` and `vm-dhcp status` print, as people see it. */

import assert from "node:assert/strict";
import { parseIPPool } from "../../../lib/api/ippool/parse_ippool.ts";
import type { Subject } from "../../../lib/explain/contract.ts";
import { explain } from "../../../lib/explain/explain.ts";
import { statusOf, statusText } from "../../../lib/explain/status.ts";
import { explanationText } from "../../../lib/explain/text.ts";
import { SITUATIONS, TEST_VM } from "../../support/explain/situations.ts";
import { clusterOf, observed, poolOf, worldOf } from "../../support/explain/worlds.ts";

const SNAPSHOTS = new URL("../../testdata/explain/", import.meta.url);

const POOL: Subject = { kind: "pool", name: { namespace: "default", name: "ippool-1" } };

const texts = new Map<string, string>([
  ...SITUATIONS.map(({ name, world }) =>
    [`vm, ${name}`, explanationText(explain(TEST_VM, world))] as const
  ),
  ["pool, all is well", explanationText(explain(POOL, worldOf()))],
  [
    "pool, a machine asks without being known",
    explanationText(explain(POOL, SITUATIONS[1]!.world)),
  ],
  ["vm, all is well, as JSON", JSON.stringify(explain(TEST_VM, worldOf()), null, 2)],
  ["status of standalone", statusText(statusOf(worldOf()))],
  ["status of a cluster", statusText(statusOf(clusterOf()))],
  [
    "status of a cluster in trouble",
    statusText(statusOf(clusterOf({
      ippools: {
        ok: true,
        value: [
          observed(poolOf(), parseIPPool),
          observed(poolOf({ poolSpec: { paused: true }, poolName: "ippool-2" }), parseIPPool),
        ],
      },
      leader: { ok: true, value: undefined },
      backends: new Map([["harvester-system/webhook", { ok: true, value: 0 }]]),
    }))),
  ],
]);

function fileOf(name: string): URL {
  return new URL(`${name.replace(/[^a-zA-Z]+/g, "_").toLowerCase()}.txt`, SNAPSHOTS);
}

// To change them on purpose: deno run -A tests/contract/explain/snapshots_test.ts
if (import.meta.main) {
  for (const [name, text] of texts) await Deno.writeTextFile(fileOf(name), `${text}\n`);
} else {
  for (const [name, text] of texts) {
    Deno.test(`explanation of ${name}`, async () => {
      assert.equal(`${text}\n`, await Deno.readTextFile(fileOf(name)));
    });
  }

  Deno.test("tests/testdata/explain has no other explanations", () => {
    const files = [...Deno.readDirSync(SNAPSHOTS)].map((entry) => entry.name);
    const known = [...texts.keys()].map((name) => fileOf(name).pathname.split("/").at(-1)!);
    assert.deepEqual(files.sort(), known.sort());
  });
}
