/** Events that say that a NIC got an address or gave it back: each is true of the records. */

import type { EventNote } from "../../../lib/kube/contract.ts";
import type { Commit } from "../api/model_api.ts";
import { poolFacts } from "./facts.ts";

const SENTENCE = /^(allocated|released) (\S+) for (\S+) on (\S+)$/;

/** Compares Events with the changes of records. */
export class EventChecks {
  /** What records did, in the words of Events. */
  readonly #done = new Set<string>();
  readonly #said: string[] = [];

  /** Notes what a change of a pool does to its record. */
  noteCommit({ plural, before, after }: Commit): void {
    if (plural !== "ippools") return;
    const was = before && poolFacts(before);
    const is = after && poolFacts(after);
    for (const [address, mac] of was?.bindings ?? []) {
      if (is?.bindings.get(address) === mac) continue;
      this.#done.add(`released ${address} for ${mac} on ${was!.network}`);
    }
    for (const [address, mac] of is?.bindings ?? []) {
      if (was?.bindings.get(address) === mac) continue;
      this.#done.add(`allocated ${address} for ${mac} on ${is!.network}`);
    }
  }

  noteEvent({ note }: EventNote): void {
    if (SENTENCE.test(note)) this.#said.push(note);
  }

  /** Events of which nothing has come. */
  problems(): readonly string[] {
    return this.#said.filter((note) => !this.#done.has(note))
      .map((note) => `an Event says "${note}", and no record did so`);
  }
}
