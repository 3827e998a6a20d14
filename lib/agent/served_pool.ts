/** What an agent serves at the moment. The agent writes it; the open port answers from it. */

import { isJsonEqual } from "../base/json.ts";
import { CLIENT_LIMITS_DEFAULT, type ClientLimits } from "../dhcpv4/guard/client_guard.ts";
import type { LeaseTable } from "../dhcpv4/lease.ts";

/** The table and the limits of a pool; silence until there is a table. */
export class ServedPool {
  #table: LeaseTable | undefined;
  #limits: ClientLimits = CLIENT_LIMITS_DEFAULT;
  #onChange: (() => void) | undefined;

  /** What is answered from; `undefined` for silence. */
  get table(): LeaseTable | undefined {
    return this.#table;
  }

  /** How clients are limited; the same object until something about it changes. */
  get limits(): ClientLimits {
    return this.#limits;
  }

  /** Serves this from the next packet on. @param table `undefined` for silence. */
  set(table: LeaseTable | undefined, limits: ClientLimits = this.#limits): void {
    this.#table = table;
    if (!isJsonEqual(limits, this.#limits)) this.#limits = limits;
    this.#onChange?.();
  }

  /** Calls back after each change, in place of an earlier follower; `undefined` ends that. */
  follow(onChange: (() => void) | undefined): void {
    this.#onChange = onChange;
  }
}
