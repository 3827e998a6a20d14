import assert from "node:assert/strict";
import { IPPOOLS } from "../../../lib/api/resources.ts";
import { RecordingLogger } from "../../../tests/support/metrics/recording_logger.ts";
import { withLog } from "./logged_warnings.ts";

Deno.test("withLog() logs a warning of an object once, until it has another one", () => {
  const log = new RecordingLogger();
  let said: readonly string[] = [];
  const warnings = withLog(() => said, log);
  function write(name: string, ...sentences: string[]): number {
    said = sentences;
    const before = log.lines.length;
    const object = { apiVersion: "v1", kind: "IPPool", metadata: { name, namespace: "default" } };
    assert.deepEqual(warnings({ type: IPPOOLS, operation: "UPDATE", object }), sentences);
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
    fields: { object: "IPPool default/a", warning: "x; y" },
  });
  assert.deepEqual(warnings({ type: IPPOOLS, operation: "DELETE" }), ["x"]);
});
