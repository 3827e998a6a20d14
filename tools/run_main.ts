/** How the programs of `./dev` end. */

import { messageOf } from "../lib/base/errors.ts";

/**
 * Runs a program. What it throws is about its arguments or the files they name: one message without
 * a stack, and exit status 2.
 *
 * @param program Gives the exit status.
 */
export function runMain(program: () => number): void {
  try {
    Deno.exitCode = program();
  } catch (error) {
    console.error(messageOf(error));
    Deno.exitCode = 2;
  }
}
