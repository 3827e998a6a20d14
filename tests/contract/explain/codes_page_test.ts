/** docs/explain.md must list every check of `vm-dhcp explain` and `vm-dhcp status`, in the order of the lists. */

import assert from "node:assert/strict";
import type { Question } from "../../../lib/explain/contract.ts";
import { READING_QUESTIONS } from "../../../lib/explain/explain.ts";
import { NIC_QUESTIONS } from "../../../lib/explain/questions/nic.ts";
import { POOL_QUESTIONS } from "../../../lib/explain/questions/pool.ts";
import { VM_QUESTIONS } from "../../../lib/explain/questions/vm.ts";
import { STATUS_QUESTIONS } from "../../../lib/explain/status_questions.ts";
import { ADDRESS_QUESTIONS } from "../../../lib/explain/subjects/address.ts";
import { MAC_QUESTIONS } from "../../../lib/explain/subjects/mac.ts";
import { FOUND_QUESTIONS, NETWORK_QUESTIONS } from "../../../lib/explain/subjects/pool.ts";

const PAGE = new URL("../../../docs/explain.md", import.meta.url);

type Row = Pick<Question<never>, "code" | "holds">;

const EXPLAIN: readonly (Row & Pick<Question<never>, "needs">)[] = [
  ...[...READING_QUESTIONS, ...VM_QUESTIONS, ...NIC_QUESTIONS, ...FOUND_QUESTIONS],
  ...[...NETWORK_QUESTIONS, ...POOL_QUESTIONS, ...MAC_QUESTIONS, ...ADDRESS_QUESTIONS],
];

const ALL: readonly Row[] = [...EXPLAIN, ...STATUS_QUESTIONS];

Deno.test("docs/explain.md has the checks as they stand in the code", () => {
  const text = Deno.readTextFileSync(PAGE);
  const shown = text.split("\n").filter((line) => /^\| `[A-Z_]+` \|/.test(line));
  const wanted = ALL.map(({ code, holds }) => `| \`${code}\` | ${holds} |`);
  assert.deepEqual(shown, wanted, `the tables should be:\n\n${wanted.join("\n")}\n`);
});

Deno.test("each check has a code of its own and a sentence, and depends on earlier ones", () => {
  const seen = new Set<string>();
  for (const { code, holds, ...rest } of ALL) {
    assert.match(code, /^[A-Z]+(_[A-Z]+)+$/);
    assert.match(holds, /^[A-Z].*\.$/, code);
    assert.ok(!seen.has(code), code);
    const { needs = [] } = rest as Partial<Question<never>>;
    for (const need of needs) assert.ok(seen.has(need), `${code} needs ${need}`);
    seen.add(code);
  }
});
