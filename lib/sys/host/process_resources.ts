/** What this process has of the system: how many files it may have open, and memory that it no longer uses. */

import * as libc from "../libc/libc.ts";
import { allocate, RLIMIT } from "../libc/struct_layouts.ts";

/**
 * Raises the limit on open files as far as the system allows. Shells and container runtimes often set
 * it to 1,024, for the sake of programs that use select(2), and allow far more.
 *
 * @returns The limit from now on; `undefined` where the system does not say. Never throws.
 */
export function raiseOpenFileLimit(): number | undefined {
  const { memory, view } = allocate(RLIMIT.bytes);
  try {
    libc.limitOpenFiles(null, memory);
    const hard = view.getBigUint64(RLIMIT.hard, true);
    if (view.getBigUint64(RLIMIT.soft, true) !== hard) {
      view.setBigUint64(RLIMIT.soft, hard, true);
      libc.limitOpenFiles(memory, null);
    }
    return Number(hard);
  } catch {
    // It goes on with the limit that it has.
    return undefined;
  }
}

/**
 * Gives memory back to the system that was freed and that the C library keeps for later. Worth its two
 * milliseconds when a process has just read what it goes on with. Never throws.
 */
export function giveBackFreedMemory(): void {
  try {
    libc.trimHeaps();
  } catch {
    // It goes on with the memory that it has.
  }
}
