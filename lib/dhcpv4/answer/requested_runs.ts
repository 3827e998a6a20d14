/**
 * What clients of a pool asked for lately, with the options that answer it: the clients of one
 * operating system all send the same parameter request list, so it is seldom read twice.
 */

import type { OptionRun } from "../wire/message.ts";
import { OptionCode } from "../options/option_codes.ts";
import type { DhcpOptions } from "../wire/options.ts";

/** More than there are kinds of clients on a network; whoever makes up lists only evicts others. */
const LISTS_MAX = 16;

interface KnownList {
  readonly list: Uint8Array;
  readonly run: OptionRun;
}

/** Runs of options by parameter request list, the latest few. */
export class RequestedRuns {
  readonly #known: KnownList[] = [];
  #oldest = 0;

  /** The run for the list of these options, if it is known. */
  find(options: DhcpOptions): OptionRun | undefined {
    for (const { list, run } of this.#known) {
      if (options.equals(OptionCode.parameterRequestList, list)) return run;
    }
    return undefined;
  }

  /** Remembers a run, in place of the oldest if there are many. @param list Copied. */
  add(list: Uint8Array, run: OptionRun): void {
    this.#known[this.#oldest] = { list: list.slice(), run };
    this.#oldest = (this.#oldest + 1) % LISTS_MAX;
  }
}
