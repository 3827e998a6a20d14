import assert from "node:assert/strict";
import type { Verdict } from "../../../lib/admission/contract.ts";
import {
  IPPOOLS,
  NETWORK_ATTACHMENT_DEFINITIONS,
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
} from "../../../lib/api/resources.ts";
import { networkSample } from "../../../tests/support/apiserver/admission_worlds.ts";
import { ippoolSample, vmnetcfgSample } from "../../../tests/support/apiserver/samples.ts";
import { RecordingLogger } from "../../../tests/support/metrics/recording_logger.ts";
import { createProcessParts } from "../process_parts.ts";
import { openEmptyApi } from "./rehearsal.ts";
import { warningLog, withAccepted } from "./logged_warnings.ts";

Deno.test("warningLog() logs a warning of an object once, until it has another one", () => {
  const log = new RecordingLogger();
  let said: Verdict = { errors: [], warnings: [] };
  const judge = withAccepted(() => said, warningLog(log));
  function write(name: string, ...sentences: string[]): number {
    const warnings = sentences.map((message) => ({ check: "c", field: "spec", message }));
    said = { errors: [], warnings };
    const before = log.lines.length;
    const object = { apiVersion: "v1", kind: "IPPool", metadata: { name, namespace: "default" } };
    assert.equal(judge({ type: IPPOOLS, operation: "UPDATE", object }), said);
    return log.lines.length - before;
  }
  assert.deepEqual(
    [write("a", "x", "y"), write("a", "x", "y"), write("b", "x"), write("a", "x"), write("a")],
    [1, 0, 1, 1, 0],
  );
  assert.equal(write("a", "x"), 1, "after a version without warnings");
  assert.deepEqual(log.lines[0], {
    level: "warn",
    msg: "an object is accepted with a warning",
    fields: { object: "IPPool default/a", warning: "spec: x; spec: y" },
  });
  assert.equal(judge({ type: IPPOOLS, operation: "DELETE" }), said);
});

Deno.test("warningLog() says nothing of dry runs: manifests before this one are not there yet", async () => {
  const log = new RecordingLogger();
  await using api = openEmptyApi(warningLog(log), createProcessParts({ level: "error" }));
  const { client } = api;
  await client.create(NETWORK_ATTACHMENT_DEFINITIONS, networkSample("net-48", {}));
  const vmnetcfg = vmnetcfgSample();
  await client.create(VIRTUAL_MACHINE_NETWORK_CONFIGS, vmnetcfg, { dryRun: true });
  await client.create(IPPOOLS, ippoolSample());
  const made = await client.create(VIRTUAL_MACHINE_NETWORK_CONFIGS, vmnetcfg);
  const requesting = {
    ...made,
    spec: {
      vmName: "test-vm",
      networkConfigs: [{
        macAddress: "fa:cf:8e:50:82:fc",
        networkName: "default/net-48",
        ipAddress: "192.168.48.77",
      }],
    },
  };
  await client.replace(VIRTUAL_MACHINE_NETWORK_CONFIGS, requesting, { dryRun: true });
  assert.deepEqual(log.lines, []);
  await client.replace(VIRTUAL_MACHINE_NETWORK_CONFIGS, requesting);
  assert.equal(log.lines.length, 1, "of what is stored");
});
