/** The standard output and the standard error of this process, which nothing in it waits for. */

import { FULL_RETRY_MS, LineWriter } from "./line_writer.ts";

/** Says in each output that lines are missing. */
function noteOf(lines: number): string {
  return `(${lines} lines were left out)`;
}

/** The log. */
export const STDOUT = new LineWriter(Deno.stdout, { noteOf });

/** Messages for the person who started the process. */
export const STDERR = new LineWriter(Deno.stderr, { noteOf });

/** A reader that takes nothing for half a second has gone, or is stuck. */
const LIMITS = { stuckMs: 500, ms: 5000 } as const;

/** Gives readers the time to take what waits for them. Before the process ends. */
export async function flushOutput(): Promise<void> {
  await Promise.all([STDOUT.flush(LIMITS), STDERR.flush(LIMITS)]);
}

/**
 * Prints the result of a command, which waits for a pager like any other program.
 *
 * @throws {Error} when it cannot be written, as on a full disk; not when the reader has seen enough.
 */
export function printResult(text: string): void {
  const bytes = new TextEncoder().encode(`${text}\n`);
  for (let at = 0; at < bytes.length;) {
    try {
      at += Deno.stdout.writeSync(bytes.subarray(at));
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) return;
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_RETRY_MS);
    }
  }
}
