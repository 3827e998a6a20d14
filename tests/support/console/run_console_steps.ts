/** Runs a console session and compares its output with the document. */

import assert from "node:assert/strict";
import { type ConsoleStep, normaliseOutput } from "./console_session.ts";
import type { ConsoleShell } from "./console_shell.ts";
import { waitUntil } from "../harness/wait_until.ts";

/** Commands that change nothing: what they show may come a moment later. */
const READS = /^(kubectl (get|describe|events)|curl) /;
const SETTLED_MS_MAX = 10_000;

/** A session, and the texts in it that differ from host to host. */
export interface ConsoleDocument {
  /** Path of the file, for messages. */
  readonly path: string;
  readonly steps: readonly ConsoleStep[];
  /** Pairs of a text in the document and its value in this run. */
  readonly places: readonly (readonly [written: string, here: string])[];
  /** How long what is shown may take to come; ten seconds when absent. */
  readonly settledMsMax?: number;
}

/**
 * Runs the steps in order.
 *
 * @throws {AssertionError} with a comparison at the first command that prints something else.
 */
export async function runConsoleSteps(
  shell: ConsoleShell,
  { path, steps, places, settledMsMax = SETTLED_MS_MAX }: ConsoleDocument,
): Promise<void> {
  for (const { command, output, line } of steps) {
    const here = places.reduce(
      (text, [written, value]) => text.replaceAll(written, value),
      command,
    );
    const run = async () => {
      const printed = await shell.run(here);
      return normaliseOutput(
        places.reduce((text, [written, value]) => text.replaceAll(value, written), printed),
      );
    };
    const wanted = normaliseOutput(output);
    const printed = READS.test(command)
      ? await untilPrinted(run, wanted, settledMsMax)
      : await run();
    assert.equal(printed, wanted, `${path}:${line}: ${command}`);
  }
}

/** The output of a command: the wanted one if it comes in time, else the last one. */
async function untilPrinted(
  run: () => Promise<string>,
  wanted: string,
  limitMs: number,
): Promise<string> {
  const endMs = performance.now() + limitMs;
  return await waitUntil(async () => {
    const printed = await run();
    return printed === wanted || performance.now() > endMs ? printed : undefined;
  }, { what: "a command", limitMs: 2 * limitMs });
}
