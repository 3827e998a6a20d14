import assert from "node:assert/strict";
import type { Verdict } from "../../../lib/admission/contract.ts";
import { IPPOOLS } from "../../../lib/api/resources.ts";
import { RecordingLogger } from "../../../tests/support/metrics/recording_logger.ts";
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
