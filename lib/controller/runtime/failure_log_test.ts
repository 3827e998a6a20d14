import { deepEqual } from "node:assert/strict";
import { RecordingLogger } from "../../../tests/support/metrics/recording_logger.ts";
import { FailureLog } from "./failure_log.ts";

const FULL = new Error("the disk is full");

function linesOf(log: RecordingLogger): unknown[] {
  return log.lines.filter(({ level }) => level !== "debug").map(({ level, fields }) => {
    const { error, after, key, failures } = fields;
    return [level, (error as Error | undefined)?.message ?? after, key, failures];
  });
}

Deno.test("FailureLog says a cause of many keys at its 1st, 2nd, 4th and 8th failure", () => {
  const log = new RecordingLogger();
  const failures = new FailureLog(log);
  for (let i = 0; i < 9; i++) failures.failed(`default/${"abc"[i % 3]}`, FULL);
  deepEqual(linesOf(log), [
    ["error", FULL.message, "default/a", 1],
    ["error", FULL.message, "default/b", 2],
    ["error", FULL.message, "default/a", 4],
    ["error", FULL.message, "default/b", 8],
  ]);
  deepEqual(log.lines.length, 9, "each failure is there for debugging");
});

Deno.test("FailureLog says that a cause is over when the last key works, and begins anew", () => {
  const log = new RecordingLogger();
  const failures = new FailureLog(log);
  for (const key of ["a", "b", "a"]) failures.failed(key, FULL);
  log.lines.length = 0;
  failures.succeeded("a");
  deepEqual(linesOf(log), []);
  failures.succeeded("b");
  failures.succeeded("b");
  failures.failed("a", FULL);
  deepEqual(linesOf(log), [["info", FULL.message, "b", 3], ["error", FULL.message, "a", 1]]);
});

Deno.test("FailureLog says another cause of the same key at once", () => {
  const log = new RecordingLogger();
  const failures = new FailureLog(log);
  for (let i = 0; i < 3; i++) failures.failed("a", FULL);
  log.lines.length = 0;
  failures.failed("a", new Error("refused"));
  failures.succeeded("a");
  failures.failed("a", FULL);
  deepEqual(linesOf(log), [["error", "refused", "a", 1], ["error", FULL.message, "a", 1]]);
});
