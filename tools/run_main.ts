/** The end of a program of `./dev`. */

import { messageOf } from "../lib/base/errors.ts";

/**
 * Runs a program. Its errors are about its arguments or the files that they name, so they are
 * printed without a stack and end with exit status 2.
 *
 * @param program Gives the exit status.
 */
export async function runMain(program: () => number | Promise<number>): Promise<void> {
  try {
    Deno.exitCode = await program();
  } catch (error) {
    console.error(messageOf(error));
    Deno.exitCode = 2;
  }
}
