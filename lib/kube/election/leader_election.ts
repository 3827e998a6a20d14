/** Elects the leader of several processes, through a Lease of the Kubernetes API. */

import { formatMicroTime } from "../../base/rfc3339.ts";
import { errorOf } from "../../base/errors.ts";
import type { Clock } from "../../base/clock.ts";
import { formatNamespacedName, type NamespacedName } from "../../api/meta.ts";
import type { EventReason } from "../../api/event_reasons.ts";
import { apiVersionOf, LEASES } from "../../api/resources.ts";
import type { Logger } from "../../observe/logger.ts";
import type { Gauge, MetricRegistry } from "../../observe/metrics.ts";
import { type EventRecorder, isStatus, type KubeClient } from "../contract.ts";
import {
  decideElectionStep,
  type ElectionTimings,
  findTimingProblem,
  releasedRecord,
  RETRY_JITTER,
} from "./leader_election_rules.ts";
import { LeaseCopy } from "./lease_copy.ts";
import { withTimeLimit } from "../../base/abort.ts";

/** Time for giving the lease back at the end. */
const RELEASE_MS_MAX = 5000;
const RELEASE_RETRY_MS = 250;

/** Candidates that wait for the same lease to run out do not come at the same moment. */
const EXPIRY_JITTER_MS = 100;

/** What a candidate needs from outside. */
export interface LeaderElectionOptions {
  /** A client of its own: other requests must not make a renewal wait. */
  readonly client: Pick<KubeClient, "get" | "create" | "replace">;
  readonly lease: NamespacedName;
  /** Name of this process; no other one may ever have it. */
  readonly identity: string;
  readonly timings: ElectionTimings;
  /** Must count the time of a suspended host, too. `nowMs` is for the texts of the record only. */
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
  readonly registry: MetricRegistry;
  readonly recorder: EventRecorder;
}

/**
 * One candidate. It first {@link acquire acquires} the lease, then {@link hold holds} it, and
 * {@link release releases} it at the end.
 */
export class LeaderElector {
  readonly #options: LeaderElectionOptions;
  readonly #log: Logger;
  readonly #status: Gauge;
  readonly #lease: LeaseCopy;
  /** When the last renewal that succeeded was sent; `undefined` when this process does not lead. */
  #renewedMs: number | undefined;
  #loggedHolder = "";
  #refusal: string | undefined;

  /** @throws {Error} for timings with which no leader could keep its lease. */
  constructor(options: LeaderElectionOptions) {
    const { client, lease, identity, registry, timings, clock } = options;
    const problem = findTimingProblem(timings);
    if (problem !== undefined) throw new Error(problem);
    this.#options = options;
    this.#lease = new LeaseCopy(client, lease, clock);
    this.#log = options.log.with({ lease: formatNamespacedName(lease), identity });
    this.#status = registry.gauge({
      name: "leader_election_master_status",
      help: "1 while this process leads by the lease of that name, 0 while it stands by.",
      labelNames: ["name"],
    });
    this.#status.set(0, { name: lease.name });
  }

  /** The leader as far as is known; empty when there is none. */
  get holder(): string {
    return this.#lease.seen?.record.holderIdentity ?? "";
  }

  /**
   * What the API server said when it refused the last attempt for want of a right; `undefined` when
   * it did not. Trying again does not mend that.
   */
  get refusal(): string | undefined {
    return this.#refusal;
  }

  /**
   * Whether this process leads and its last renewal is recent enough for a write. Ask right before
   * each write: after a freeze, no other check has had the time to run.
   */
  mayWrite(): boolean {
    return this.#leftMs() > 0;
  }

  /** Waits until this process leads. @returns False when the signal aborted before. */
  async acquire(signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#options;
    this.#log.log("info", "waiting for leadership");
    while (!signal.aborted) {
      await this.#attempt(signal);
      if (this.mayWrite()) {
        this.#tell("became leader", 1);
        return true;
      }
      this.#logHolder();
      await clock.sleep(this.#nextTryMs(), signal);
    }
    return false;
  }

  /**
   * Renews the lease until the signal aborts or the lease is lost.
   *
   * @returns Why it is lost; `undefined` when the signal aborted.
   */
  async hold(signal: AbortSignal): Promise<string | undefined> {
    const { clock, timings, identity } = this.#options;
    let triedMs = clock.monotonicMs();
    while (!signal.aborted) {
      // From the begin of one attempt to the next: after a slow one there is less time left.
      const waitMs = Math.min(triedMs + this.#retryMs() - clock.monotonicMs(), this.#leftMs());
      if (waitMs > 0) await clock.sleep(waitMs, signal);
      if (signal.aborted) return undefined;
      if (!this.mayWrite()) {
        return this.#lose(`it could not be renewed for ${timings.renewDeadlineMs / 1000} s`);
      }
      triedMs = clock.monotonicMs();
      await this.#attempt(signal);
      if (this.holder !== identity) {
        return this.#lose(`${this.holder === "" ? "nobody" : this.holder} holds it now`);
      }
    }
    return undefined;
  }

  /** Gives the lease back, so that another process can lead at once; takes five seconds at most. */
  async release(): Promise<void> {
    if (this.#renewedMs === undefined) return;
    this.#renewedMs = undefined;
    const { clock } = this.#options;
    await withTimeLimit({ clock, ms: RELEASE_MS_MAX }, async (signal) => {
      while (!await this.#isReleased(signal) && !signal.aborted) {
        await clock.sleep(RELEASE_RETRY_MS, signal);
      }
    });
    this.#tell("stopped leading", 0);
  }

  async #isReleased(signal: AbortSignal): Promise<boolean> {
    const { clock, identity } = this.#options;
    try {
      if (this.#lease.isInDoubt) await this.#lease.read(signal);
      const { seen } = this.#lease;
      if (seen?.record.holderIdentity !== identity) return true;
      const record = releasedRecord(seen.record, formatMicroTime(clock.nowMs()));
      await this.#lease.write({ record, sentMs: clock.monotonicMs() }, signal);
      return true;
    } catch (error) {
      this.#logFailure("lease could not be released", error);
      return false;
    }
  }

  /** One try to get or to renew the lease; failures are logged, the state says what came of it. */
  async #attempt(signal: AbortSignal): Promise<void> {
    const { clock, timings } = this.#options;
    // A claim whose answer came after a freeze is as good as none.
    if (!this.mayWrite()) this.#renewedMs = undefined;
    // A request that hangs must leave time to find out what became of it and to try again.
    const leftMs = this.#renewedMs === undefined ? Infinity : this.#leftMs() * 0.6;
    const ms = Math.min(timings.renewDeadlineMs / 2, leftMs);
    try {
      await withTimeLimit({ clock, ms, signal }, (limited) => this.#claim(limited));
      this.#refusal = undefined;
    } catch (error) {
      this.#refusal = isStatus(error, 401, 403) ? error.message : undefined;
      if (!signal.aborted) this.#logFailure("lease could not be claimed or renewed", error);
    }
  }

  async #claim(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    // A standby knows what it read last; only the leader may write over what it knows already.
    let mustRead = this.#renewedMs === undefined || this.#lease.isInDoubt;
    for (let conflicts = 0; conflicts < 2; conflicts++) {
      if (mustRead) {
        const sentMs = await this.#lease.read(signal);
        if (sentMs !== undefined && this.#leftMs(sentMs) > 0) {
          this.#renewedMs = sentMs;
          return;
        }
      }
      const sentMs = clock.monotonicMs();
      const step = this.#decide(sentMs);
      if (step.do === "wait") return;
      try {
        await this.#lease.write({ record: step.record, sentMs }, signal);
        this.#renewedMs = sentMs;
        return;
      } catch (error) {
        // Another process was faster, or an earlier request of this one that it gave up on, or the
        // Lease was deleted.
        if (!isStatus(error, 404, 409)) throw error;
        mustRead = true;
      }
    }
  }

  #decide(nowMs: number) {
    const { identity, timings, clock } = this.#options;
    const nowText = formatMicroTime(clock.nowMs());
    return decideElectionStep(this.#lease.seen, { identity, timings, nowMs, nowText });
  }

  #retryMs(): number {
    const { timings, random } = this.#options;
    return timings.retryMs * (1 + RETRY_JITTER * random());
  }

  /** On the spot when the lease runs out, instead of up to a whole retry period later. */
  #nextTryMs(): number {
    const { clock, random } = this.#options;
    const retryMs = this.#retryMs();
    if (this.#lease.isInDoubt || this.#lease.seen === undefined) return retryMs;
    const step = this.#decide(clock.monotonicMs());
    return step.do === "wait"
      ? Math.min(retryMs, step.forMs + EXPIRY_JITTER_MS * random())
      : retryMs;
  }

  /** How long a renewal that was sent then is good for, the last one by default; 0 without one. */
  #leftMs(renewedMs = this.#renewedMs): number {
    if (renewedMs === undefined) return 0;
    const { clock, timings } = this.#options;
    return renewedMs + timings.renewDeadlineMs - clock.monotonicMs();
  }

  #lose(reason: string): string {
    this.#renewedMs = undefined;
    this.#log.log("error", "leadership lost", { reason });
    this.#tell("stopped leading", 0);
    return reason;
  }

  #tell(what: string, status: 0 | 1): void {
    const { lease, identity, recorder } = this.#options;
    this.#log.log("info", what);
    this.#status.set(status, { name: lease.name });
    const { metadata } = this.#lease;
    recorder.record({
      regarding: { apiVersion: apiVersionOf(LEASES), kind: LEASES.kind, metadata },
      type: "Normal",
      reason: "LeaderElection" satisfies EventReason,
      note: `${identity} ${what}`,
    });
  }

  #logHolder(): void {
    if (this.holder === this.#loggedHolder) return;
    this.#loggedHolder = this.holder;
    this.#log.log("info", "standing by", { leader: this.holder });
  }

  #logFailure(msg: string, error: unknown): void {
    this.#log.log("warn", msg, {
      error: errorOf(error),
    });
  }
}
