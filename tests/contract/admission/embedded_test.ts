/** The embedded API server and judge() agree on the common table. */

import assert from "node:assert/strict";
import { standaloneAdmission } from "../../../cmd/compose/standalone/standalone_admission.ts";
import { applyJsonPatch } from "../../../lib/apiserver/patch/json_patch.ts";
import { defaultIPPool } from "../../../lib/admission/defaults.ts";
import { judge } from "../../../lib/admission/judge.ts";
import { keyOf, type KubeObject, type ResourceType } from "../../../lib/api/meta.ts";
import { IPPOOLS, VIRTUAL_MACHINE_NETWORK_CONFIGS } from "../../../lib/api/resources.ts";
import { worldOf } from "../../support/apiserver/admission_worlds.ts";
import { at } from "../../support/apiserver/api_connection.ts";
import { readCrd } from "../../support/apiserver/crds.ts";
import { type EmbeddedApi, startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";
import { commonQuestions, type Question, STORED, SURROUNDINGS } from "./common_table.ts";

function pathOf({ group, version, plural }: ResourceType): string {
  return `/apis/${group}/${version}/namespaces/default/${plural}`;
}

/** An API server that has what the table is about. */
async function startWithSurroundings(): Promise<EmbeddedApi> {
  const api = await startEmbeddedApi({
    crds: [readCrd("ippool"), readCrd("virtualmachinenetworkconfig")],
    admission: (stored) => standaloneAdmission(stored, () => {}),
  });
  for (const [type, object] of STORED) {
    const made = await api.send("POST", pathOf(type), { body: object });
    assert.equal(made.status, 201, made.text);
    if (object["status"] === undefined) continue;
    const path = `${pathOf(type)}/${object.metadata.name}/status`;
    const patched = await api.mergePatch(path, { status: object["status"] });
    assert.equal(patched.status, 200, patched.text);
  }
  return api;
}

/** What the rules say: whether it is denied, and the warnings. */
function expected({ type, object }: Question): { isDenied: boolean; warnings: readonly string[] } {
  const defaults = type === IPPOOLS ? defaultIPPool(object) : { ok: true as const, patch: [] };
  if (!defaults.ok) return { isDenied: true, warnings: [] };
  const filled = applyJsonPatch(object, defaults.patch) as KubeObject;
  const verdict = judge({ type, operation: "CREATE", object: filled }, worldOf(SURROUNDINGS));
  const isDenied = verdict.errors.length > 0;
  const warnings = verdict.warnings.map(({ field, message }) => `${field}: ${message}`);
  return { isDenied, warnings: isDenied ? [] : warnings };
}

function warningsOf(header: string | null): readonly string[] {
  return [...(header ?? "").matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)]
    .map(([, text]) => text!.replaceAll(/\\(.)/g, "$1"));
}

Deno.test("the embedded API server gives the verdicts of judge() on the common table", async () => {
  await using api = await startWithSurroundings();
  const questions = commonQuestions();
  assert.equal(questions.length, 200);
  let denied = 0;
  for (const question of questions) {
    const { name, type, object } = question;
    const answer = await api.send("POST", `${pathOf(type)}?dryRun=All`, { body: object });
    const { isDenied, warnings } = expected(question);
    assert.equal(answer.status, isDenied ? 422 : 201, `${name}: ${answer.text}`);
    assert.deepEqual(warningsOf(answer.headers.get("warning")), warnings, name);
    if (isDenied) denied++;
  }
  assert.ok(denied > 50 && denied < 150, `${denied} are denied`);
});

Deno.test("the embedded API server keeps a pool that VMs use, and lets it go after them", async () => {
  await using api = await startWithSurroundings();
  const pool = `${pathOf(IPPOOLS)}/${SURROUNDINGS.pools[0]!.metadata.name}`;
  const config = SURROUNDINGS.vmnetcfgs[0]!;
  const refused = await api.send("DELETE", pool);
  assert.equal(refused.status, 422);
  assert.equal(
    at(refused.body, "details.causes.0.message"),
    `it's still used by VirtualMachineNetworkConfig(s) ${keyOf(config)}, ` +
      "which must be removed at first",
  );
  assert.equal((await api.send("DELETE", pathOf(IPPOOLS))).status, 422, "with all others");
  assert.equal(
    (await api.send("DELETE", `${pathOf(VIRTUAL_MACHINE_NETWORK_CONFIGS)}/${config.metadata.name}`))
      .status,
    200,
  );
  assert.equal((await api.send("DELETE", pool)).status, 200);
});

Deno.test("the embedded API server fills in the addresses of a new pool", async () => {
  await using api = await startWithSurroundings();
  const spec = { networkName: "net-48", ipv4Config: { cidr: "10.48.0.0/28", pool: { end: "" } } };
  const body = { apiVersion: "network.harvesterhci.io/v1alpha1", kind: "IPPool", spec };
  const made = await api.send("POST", pathOf(IPPOOLS), {
    body: { ...body, metadata: { name: "new" } },
  });
  assert.equal(made.status, 201, made.text);
  assert.deepEqual(at(made.body, "spec.ipv4Config"), {
    cidr: "10.48.0.0/28",
    pool: { start: "10.48.0.1", end: "10.48.0.14" },
    serverIP: "10.48.0.1",
  });
});
