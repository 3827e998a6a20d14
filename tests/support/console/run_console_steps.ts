/** Runs a console session of a document and holds it against what the document says. */

import assert from "node:assert/strict";
import { type ConsoleStep, normaliseOutput } from "./console_session.ts";
import type { ConsoleShell } from "./console_shell.ts";
import { waitUntil } from "../harness/wait_until.ts";

/** Commands that change nothing: what they show may come a moment later. */
const READS = /^kubectl (get|describe|events) /;
const SETTLED_MS_MAX = 10_000;

/** Where a session is written and what stands there for what differs from host to host. */
export interface ConsoleDocument {
  /** Path of the file, for messages. */
  readonly path: string;
  readonly steps: readonly ConsoleStep[];
  /** Pairs of a text of the document and what it is in this run. */
  readonly places: readonly (readonly [written: string, here: string])[];
}

/**
 * Runs the steps in order.
 *
 * @throws {AssertionError} with a comparison at the first command that prints something else.
 */
export async function runConsoleSteps(
  shell: ConsoleShell,
  { path, steps, places }: ConsoleDocument,
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
    const printed = READS.test(command) ? await untilPrinted(run, wanted) : await run();
    assert.equal(printed, wanted, `${path}:${line}: ${command}`);
  }
}

/** What a command prints once it is what is wanted, or at last. */
async function untilPrinted(run: () => Promise<string>, wanted: string): Promise<string> {
  const endMs = performance.now() + SETTLED_MS_MAX;
  return await waitUntil(async () => {
    const printed = await run();
    return printed === wanted || performance.now() > endMs ? printed : undefined;
  }, { what: "a command", limitMs: 2 * SETTLED_MS_MAX });
}
