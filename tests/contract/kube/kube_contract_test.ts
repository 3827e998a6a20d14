/** The embedded API server beside a real one: each case must look the same on both. */

import assert from "node:assert/strict";
import type { AdmissionRequest, Verdict } from "../../../lib/admission/contract.ts";
import { sharedControlPlane } from "../../support/cluster/shared_control_plane.ts";
import { ApiConnection, at } from "../../support/apiserver/api_connection.ts";
import { readCrd } from "../../support/apiserver/crds.ts";
import { startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { CREATE_CASES } from "./cases/create_cases.ts";
import { DELETE_CASES } from "./cases/delete_cases.ts";
import { PATCH_CASES } from "./cases/patch_cases.ts";
import { PROJECT_CASES } from "./cases/project_cases.ts";
import { READ_CASES } from "./cases/read_cases.ts";
import { SCHEMA_CASES } from "./cases/schema_cases.ts";
import { UPDATE_CASES } from "./cases/update_cases.ts";
import { WATCH_CASES } from "./cases/watch_cases.ts";
import { WORKLOAD_CASES } from "./cases/workload_cases.ts";
import { differencesOf } from "./compare.ts";
import { DIFFERENCES } from "./differences.ts";
import { type ContractCase, RecordedApi, type Step } from "./recorded_api.ts";
import { commonTranscript } from "./transcript.ts";
import { judgeAlone } from "../../support/apiserver/object_rules.ts";
import { readGadgetCrd } from "../../support/kube/gadget.ts";

/** The messages of the definitions' CEL rules. */
function judgeAsDefined(request: AdmissionRequest): Verdict {
  const { type: { kind }, operation, object, oldObject } = request;
  if (kind !== "Gadget") return judgeAlone(request);
  const isChanged = operation === "UPDATE" && at(oldObject, "spec.fixed") !== undefined &&
    at(object, "spec.fixed") !== undefined &&
    at(object, "spec.fixed") !== at(oldObject, "spec.fixed");
  const error = { check: "gadget-fixed", field: "spec.fixed", message: "Fixed is immutable" };
  return { errors: isChanged ? [error] : [], warnings: [] };
}

const CASES: readonly ContractCase[] = [
  ...CREATE_CASES,
  ...SCHEMA_CASES,
  ...UPDATE_CASES,
  ...PATCH_CASES,
  ...DELETE_CASES,
  ...READ_CASES,
  ...WATCH_CASES,
  ...PROJECT_CASES,
  ...WORKLOAD_CASES,
];

/** Runs a case in a namespace of its own. @returns Its transcript. */
async function transcriptOf(
  { run }: ContractCase,
  connection: ApiConnection,
): Promise<readonly Step[]> {
  const namespace = `contract-${crypto.randomUUID().slice(0, 8)}`;
  const made = await connection.send("POST", "/api/v1/namespaces", {
    body: { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
  });
  assert.equal(made.status, 201, made.text);
  const api = new RecordedApi(connection, namespace);
  await run(api);
  return commonTranscript(api.steps, namespace);
}

const seen = new Set<RegExp>();

for (const contractCase of CASES) {
  await integrationTest({
    name: `the embedded API server answers like kube-apiserver ${contractCase.name}`,
    needs: ["kube"],
    run: async () => {
      const crds = [readGadgetCrd(), readCrd("ippool"), readCrd("virtualmachinenetworkconfig")];
      await using embedded = await startEmbeddedApi({
        crds,
        admission: () => ({ judge: judgeAsDefined }),
      });
      using real = new ApiConnection(await sharedControlPlane());
      const transcripts = {
        embedded: await transcriptOf(contractCase, embedded),
        real: await transcriptOf(contractCase, real),
      };
      const unexpected = differencesOf(transcripts).filter((line) => {
        const meant = DIFFERENCES.find(({ at }) => at.test(`${contractCase.name}: ${line}`));
        if (meant !== undefined) seen.add(meant.at);
        return meant === undefined;
      });
      assert.equal(unexpected.join("\n"), "");
    },
  });
}

await integrationTest({
  name: "each deliberate difference from kube-apiserver exists",
  needs: ["kube"],
  run: () => {
    const gone = DIFFERENCES.filter(({ at }) => !seen.has(at)).map(({ at }) => String(at));
    assert.deepEqual(gone, []);
    return Promise.resolve();
  },
});
