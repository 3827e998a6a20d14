/** What an agent serves at the moment. The agent writes it; the open port answers from it. */

import type { LeaseTable } from "../dhcpv4/lease.ts";

/** The table of a pool; silence until there is a table. */
export class ServedPool {
  #table: LeaseTable | undefined;
  #onChange: (() => void) | undefined;

  /** What is answered from; `undefined` for silence. */
  get table(): LeaseTable | undefined {
    return this.#table;
  }

  /** Serves this from the next packet on. @param table `undefined` for silence. */
  set(table: LeaseTable | undefined): void {
    this.#table = table;
    this.#onChange?.();
  }

  /** Calls back after each change, in place of an earlier follower; `undefined` ends that. */
  follow(onChange: (() => void) | undefined): void {
    this.#onChange = onChange;
  }
}
