/** The embedded API server and a real kube-apiserver, asked the same. */

import assert from "node:assert/strict";
import { parse } from "yaml";
import { admit } from "../../../lib/admission/admit.ts";
import type { JsonObject } from "../../../lib/api/meta.ts";
import { sharedControlPlane } from "../../cluster/shared_control_plane.ts";
import { ApiConnection, at } from "../../support/api_connection.ts";
import { readGadgetCrd, startEmbeddedApi } from "../../support/embedded_api.ts";
import { integrationTest } from "../../support/integration_test.ts";
import { waitUntil } from "../../support/wait_until.ts";
import { COLLECTION_CASES } from "./collection_cases.ts";
import type { ContractCase } from "./contract_case.ts";
import { OBJECT_CASES } from "./object_cases.ts";
import { OWNERSHIP_CASES } from "./ownership_cases.ts";
import { Recorder } from "./recorder.ts";
import { VALIDATION_CASES } from "./validation_cases.ts";

const CASES: readonly ContractCase[] = [
  ...OBJECT_CASES,
  ...COLLECTION_CASES,
  ...VALIDATION_CASES,
  ...OWNERSHIP_CASES,
];

function readCrd(name: string): JsonObject {
  return parse(Deno.readTextFileSync(new URL(`../../../crds/${name}.yaml`, import.meta.url)));
}

const DEFINITIONS = [
  readGadgetCrd() as JsonObject,
  readCrd("ippool"),
  readCrd("virtualmachinenetworkconfig"),
];

async function onEmbedded(run: ContractCase["run"]): Promise<readonly unknown[]> {
  await using api = await startEmbeddedApi({ crds: DEFINITIONS, admit });
  return await record(api, run);
}

async function onReal(run: ContractCase["run"]): Promise<readonly unknown[]> {
  using api = new ApiConnection(await sharedControlPlane());
  for (const definition of DEFINITIONS) await define(api, definition);
  return await record(api, run);
}

async function record(api: ApiConnection, run: ContractCase["run"]): Promise<readonly unknown[]> {
  const namespace = `contract-${crypto.randomUUID().slice(0, 8)}`;
  await api.send("POST", "/api/v1/namespaces", {
    body: { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
  });
  const recorder = new Recorder({ api, namespace });
  await run(recorder);
  return recorder.recording;
}

/** The steps of which the servers say different things, a paragraph each. */
function differences(embedded: readonly unknown[], real: readonly unknown[]): string {
  return Array.from({ length: Math.max(embedded.length, real.length) }, (_, step) => step)
    .map((step) => [step, JSON.stringify(embedded[step]), JSON.stringify(real[step])] as const)
    .filter(([, ours, theirs]) => ours !== theirs)
    .map(([step, ours, theirs]) => `step ${step}\nembedded: ${ours}\nreal:     ${theirs}\n`)
    .join("\n");
}

/** Creates a definition unless it is there, and waits until its objects can be. */
async function define(api: ApiConnection, definition: JsonObject): Promise<void> {
  const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  await api.send("POST", path, { body: definition });
  const name = String(at(definition, "metadata.name"));
  await waitUntil(async () => {
    const { body } = await api.send("GET", `${path}/${name}`);
    const conditions = (at(body, "status.conditions") ?? []) as readonly JsonObject[];
    return conditions.some(({ type, status }) => type === "Established" && status === "True") ||
      undefined;
  }, { what: `${name} to be established` });
}

for (const { name, run } of CASES) {
  await integrationTest({
    name: `both API servers agree on ${name}`,
    needs: ["kube"],
    run: async () => {
      const [embedded, real] = [await onEmbedded(run), await onReal(run)];
      assert.notEqual(real.length, 0, "the case records nothing");
      assert.equal(differences(embedded, real), "");
    },
  });
}
