/** The project's own definitions on the embedded API server, with its admission rules. */

import type { JsonObject } from "../../../lib/base/json.ts";
import assert from "node:assert/strict";
import { readCrd } from "../../support/apiserver/crds.ts";
import { at } from "../../support/apiserver/api_connection.ts";
import { ippoolSample } from "../../support/apiserver/samples.ts";
import { objectRules } from "../../support/apiserver/object_rules.ts";
import { startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";

const GROUP = "/apis/network.harvesterhci.io/v1alpha1/namespaces/default";
const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

const POOL = ippoolSample();

function start() {
  return startEmbeddedApi({
    crds: [readCrd("ippool"), readCrd("virtualmachinenetworkconfig")],
    admission: objectRules,
  });
}

Deno.test("an IPPool is stored as it was written, and shown with its columns", async () => {
  await using api = await start();
  const made = await api.send("POST", `${GROUP}/ippools?fieldValidation=Strict`, { body: POOL });
  assert.equal(made.status, 201, made.text);
  assert.deepEqual(made.body["spec"], POOL.spec);
  const status = {
    ipv4: { allocated: { "192.168.48.81": "EXCLUDED" }, used: 0, available: 8 },
    conditions: [{ type: "AgentReady", status: "True" }],
  };
  const patched = await api.mergePatch(`${GROUP}/ippools/ippool-1/status`, { status });
  assert.equal(patched.status, 200, patched.text);
  const { body } = await api.send("GET", `${GROUP}/ippools`, { headers: { accept: TABLE } });
  const names = (body["columnDefinitions"] as JsonObject[]).map(({ name }) => name);
  const cells = at(body, "rows.0.cells") as unknown[];
  const shown = Object.fromEntries(names.map((name, i) => [name, cells[i]]));
  assert.equal(shown["NETWORK"], "default/net-48");
  assert.deepEqual([shown["AVAILABLE"], shown["USED"]], [8, 0]);
  assert.deepEqual([shown["AGENTREADY"], shown["REGISTERED"]], ["True", null]);
});

Deno.test("admission rules are checked only for an object that fits the schema", async () => {
  await using api = await start();
  const withConfig = (ipv4Config: JsonObject) => ippoolSample({ ipv4Config });
  const fieldsFor = async (body: JsonObject) => {
    const answer = await api.send("POST", `${GROUP}/ippools`, { body });
    assert.equal(answer.status, 422, answer.text);
    return (at(answer.body, "details.causes") as JsonObject[]).map(({ field }) => field);
  };
  assert.deepEqual(await fieldsFor(withConfig({ serverIP: "1.2.3", router: "10.0.0.1" })), [
    "spec.ipv4Config.serverIP",
  ]);
  assert.deepEqual(await fieldsFor(withConfig({ router: "10.0.0.1" })), ["spec.ipv4Config.router"]);
});

Deno.test("a pool whose options do not fit is stored with a warning, each time", async () => {
  await using api = await start();
  const routes = Array.from({ length: 35 }, (_, i) => (
    { destination: `10.0.${i}.0/24`, gateway: "192.168.48.1" }
  ));
  const body = ippoolSample({ ipv4Config: { routes } });
  const path = `${GROUP}/ippools/ippool-1`;
  const left = /^299 - "spec\.ipv4Config: a client .* not told option 249 \(/;
  const answers = [
    await api.send("POST", `${GROUP}/ippools?dryRun=All`, { body }),
    await api.send("POST", `${GROUP}/ippools`, { body }),
    await api.mergePatch(path, { spec: { ipv4Config: { leaseTime: 77 } } }),
  ];
  for (const { status, headers } of answers) {
    assert.ok(status === 200 || status === 201);
    assert.match(headers.get("warning") ?? "", left);
  }
  const quiet = [
    await api.mergePatch(`${path}/status`, { status: { ipv4: { used: 0, available: 8 } } }),
    await api.mergePatch(path, { spec: { ipv4Config: { routes: null } } }),
    await api.send("DELETE", path),
  ];
  for (const { status, headers } of quiet) {
    assert.deepEqual([status, headers.get("warning")], [200, null]);
  }
});

Deno.test("boot files are refused with the list of names, and pass with a warning", async () => {
  await using api = await start();
  const ask = (...files: JsonObject[]) =>
    api.send("POST", `${GROUP}/ippools?dryRun=All`, {
      body: ippoolSample({ ipv4Config: { boot: { files } } }),
    });
  const refused = await ask({ architectures: ["arm64"], file: "a" });
  assert.equal(refused.status, 422);
  assert.match(refused.text, /boot\.files\[0\]\.architectures\[0\].*uefi-arm64/);
  const covered = await ask({ file: "a" }, { architectures: ["uefi-arm64"], file: "b" });
  assert.equal(covered.status, 201, covered.text);
  assert.match(covered.headers.get("warning") ?? "", /boot\.files\[1\]: b goes to nobody/);
});

Deno.test("both spellings of the NICs of a VirtualMachineNetworkConfig are accepted", async () => {
  await using api = await start();
  for (const spelling of ["networkConfig", "networkConfigs"]) {
    const nic = { macAddress: "fa:cf:8e:50:82:fc", networkName: "default/net-48" };
    const body = {
      apiVersion: POOL.apiVersion,
      kind: "VirtualMachineNetworkConfig",
      metadata: { name: spelling.toLowerCase() },
      spec: { vmName: "test-vm", [spelling]: [nic] },
    };
    const path = `${GROUP}/virtualmachinenetworkconfigs?fieldValidation=Strict`;
    const answer = await api.send("POST", path, { body });
    assert.equal(answer.status, 201, answer.text);
  }
});
