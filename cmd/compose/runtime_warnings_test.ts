import assert from "node:assert/strict";
import process from "node:process";
import { RecordingLogger } from "../../tests/support/metrics/recording_logger.ts";
import { logRuntimeWarnings } from "./runtime_warnings.ts";

Deno.test("logRuntimeWarnings() takes warnings from stderr into the log, and few of many", async () => {
  const before = process.listeners("warning");
  const log = new RecordingLogger();
  try {
    logRuntimeWarnings(log);
    for (let i = 0; i < 100; i++) process.emitWarning(`number ${i}`, "TestWarning");
    await new Promise((resolve) => setTimeout(resolve));
    assert.equal(process.listenerCount("warning"), 1, "nobody prints them");
    assert.equal(log.lines.length, 10);
    const { level, fields } = log.lines[0]!;
    assert.deepEqual([level, fields.warning], ["debug", "TestWarning: number 0"]);
  } finally {
    process.removeAllListeners("warning");
    for (const listener of before) process.on("warning", listener);
  }
});
