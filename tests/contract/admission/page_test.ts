/** docs/admission.md must list every rule of admission. */

import assert from "node:assert/strict";
import { ADMISSION_CHECKS } from "../../../lib/admission/judge.ts";

const PAGE = new URL("../../../docs/admission.md", import.meta.url);

/** The rows of a kind's table, in the order in which the rules speak. */
function rowsOf(wanted: string): readonly string[] {
  return ADMISSION_CHECKS.filter(({ kind }) => kind === wanted).map((row) => {
    const { name, operations, effect, says } = row;
    const when = operations.map((operation) => operation.toLowerCase()).join(", ");
    return `| \`${name}\` | ${when} | ${effect === "deny" ? "denied" : "warning"} | ${says} |`;
  });
}

for (const kind of ["IPPool", "VirtualMachineNetworkConfig"]) {
  Deno.test(`docs/admission.md has the rules for ${kind} as they stand in the code`, () => {
    const [, section = ""] = Deno.readTextFileSync(PAGE).split(`\n## ${kind}\n`);
    const rows = section.split("\n## ")[0]!.split("\n").filter((line) => line.startsWith("| `"));
    const wanted = rowsOf(kind);
    assert.deepEqual(rows, wanted, `the rows are:\n${wanted.join("\n")}`);
  });
}
