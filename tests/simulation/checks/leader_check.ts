/** Nobody writes who may not be the leader any more. */

import { LEASES } from "../../../lib/api/resources.ts";
import { stringAt } from "../../../lib/base/json.ts";
import type { Commit } from "../api/model_api.ts";
import { TIMINGS } from "../world/controller_process.ts";

/** Follows the Lease, and judges the writes by it. */
export class LeaderCheck {
  /** By holder, when its last renewal took effect. */
  readonly #renewedMs = new Map<string, number>();

  constructor(readonly fail: (problem: string) => void) {}

  note({ plural, after, atMs, sent, by, key }: Commit): void {
    if (plural === LEASES.plural) {
      if (after === undefined) return;
      const holder = stringAt(after["spec"], "holderIdentity");
      if (holder !== "") this.#renewedMs.set(holder, atMs);
      return;
    }
    if (sent === undefined) return;
    const renewedMs = this.#renewedMs.get(by);
    if (renewedMs === undefined) this.fail(`${by} writes ${plural} ${key} and never led`);
    else if (sent.sentMs - renewedMs > TIMINGS.renewDeadlineMs) {
      const idleMs = sent.sentMs - renewedMs;
      this.fail(`${by} writes ${plural} ${key} ${idleMs} ms after its last renewal`);
    }
  }
}
