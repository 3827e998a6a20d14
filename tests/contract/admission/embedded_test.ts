/** The embedded API server and judge() agree on the common table. */

import assert from "node:assert/strict";
import { standaloneAdmission } from "../../../cmd/compose/standalone/standalone_admission.ts";
import { keyOf } from "../../../lib/api/meta.ts";
import { IPPOOLS, VIRTUAL_MACHINE_NETWORK_CONFIGS } from "../../../lib/api/resources.ts";
import { at } from "../../support/apiserver/api_connection.ts";
import { readCrd } from "../../support/apiserver/crds.ts";
import { type EmbeddedApi, startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";
import { SURROUNDINGS } from "./common_table.ts";
import { checkVerdicts, pathOf, storeSurroundings } from "./common_verdicts.ts";

/** An API server that has what the table is about. */
async function startWithSurroundings(): Promise<EmbeddedApi> {
  const api = await startEmbeddedApi({
    crds: [readCrd("ippool"), readCrd("virtualmachinenetworkconfig")],
    admission: (stored) => standaloneAdmission(stored, () => {}),
  });
  await storeSurroundings(api);
  return api;
}

Deno.test("the embedded API server gives the verdicts of judge() on the common table", async () => {
  await using api = await startWithSurroundings();
  await checkVerdicts(api);
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
