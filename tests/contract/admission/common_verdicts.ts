/** Asks an API server the common table, and compares what it says with the rules. */

import assert from "node:assert/strict";
import { applyJsonPatch } from "../../../lib/apiserver/patch/json_patch.ts";
import { defaultIPPool } from "../../../lib/admission/defaults.ts";
import { judge } from "../../../lib/admission/judge.ts";
import type { KubeObject, ResourceType } from "../../../lib/api/meta.ts";
import { IPPOOLS } from "../../../lib/api/resources.ts";
import { worldOf } from "../../support/apiserver/admission_worlds.ts";
import type { ApiConnection } from "../../support/apiserver/api_connection.ts";
import { commonQuestions, type Question, STORED, SURROUNDINGS } from "./common_table.ts";

/** Questions at once: a denial may take its time. */
const AT_ONCE = 16;

type Api = Pick<ApiConnection, "send" | "mergePatch">;

export function pathOf({ group, version, plural }: ResourceType): string {
  return `/apis/${group}/${version}/namespaces/default/${plural}`;
}

/** Puts there what the table is about. */
export async function storeSurroundings(api: Api): Promise<void> {
  for (const [type, object] of STORED) {
    const made = await api.send("POST", pathOf(type), { body: object });
    assert.equal(made.status, 201, made.text);
    if (object["status"] === undefined) continue;
    const path = `${pathOf(type)}/${object.metadata.name}/status`;
    const patched = await api.mergePatch(path, { status: object["status"] });
    assert.equal(patched.status, 200, patched.text);
  }
}

/** Asks the whole table by dry runs. */
export async function checkVerdicts(api: Api): Promise<void> {
  const questions = commonQuestions();
  assert.equal(questions.length, 200);
  let denied = 0;
  const left = questions.values();
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (const question of left) if (await checkVerdict(question, api)) denied++;
  }));
  assert.ok(denied > 50 && denied < 150, `${denied} are denied`);
}

/** @returns Whether the object is denied. */
async function checkVerdict(question: Question, api: Api): Promise<boolean> {
  const { name, type, object } = question;
  const answer = await api.send("POST", `${pathOf(type)}?dryRun=All`, { body: object });
  const { isDenied, warnings } = expected(question);
  assert.equal(answer.status, isDenied ? 422 : 201, `${name}: ${answer.text}`);
  // Of what is denied, only a real one tells them as well.
  if (!isDenied) assert.deepEqual(warningsOf(answer.headers.get("warning")), warnings, name);
  return isDenied;
}

/** What the rules say: whether it is denied, and the warnings. */
function expected({ type, object }: Question): { isDenied: boolean; warnings: readonly string[] } {
  const defaults = type === IPPOOLS ? defaultIPPool(object) : { ok: true as const, patch: [] };
  if (!defaults.ok) return { isDenied: true, warnings: [] };
  const filled = applyJsonPatch(object, defaults.patch) as KubeObject;
  const verdict = judge({ type, operation: "CREATE", object: filled }, worldOf(SURROUNDINGS));
  const isDenied = verdict.errors.length > 0;
  const warnings = verdict.warnings.map(({ field, message }) => `${field}: ${message}`);
  return { isDenied, warnings };
}

function warningsOf(header: string | null): readonly string[] {
  return [...(header ?? "").matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)]
    .map(([, text]) => text!.replaceAll(/\\(.)/g, "$1"));
}
