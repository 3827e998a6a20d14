/** A process that takes part in an election, on the clock of a test. */

import { untilAborted } from "../../../lib/base/abort.ts";
import { LeaderElector } from "../../../lib/kube/election/leader_election.ts";
import type { ElectionTimings } from "../../../lib/kube/election/leader_election_rules.ts";
import { runAsLeader } from "../../../lib/kube/election/run_as_leader.ts";
import type { EventNote } from "../../../lib/kube/contract.ts";
import type { FakeClock } from "../clocks/fake_clock.ts";
import type { LeaseApi } from "./lease_api.ts";
import { RecordingLogger } from "../metrics/recording_logger.ts";
import { RecordingRegistry } from "../metrics/recording_registry.ts";

/** Those of client-go. */
export const TIMINGS: ElectionTimings = { leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2000 };

/** Options of a candidate. */
export interface CandidateOptions {
  readonly identity: string;
  readonly timings?: ElectionTimings;
  /** How far its wall clock is ahead; milliseconds. */
  readonly clockErrorMs?: number;
  readonly random?: () => number;
}

/** A running candidate. */
export class Candidate {
  readonly log = new RecordingLogger();
  readonly registry = new RecordingRegistry();
  readonly events: EventNote[] = [];
  readonly elector: LeaderElector;
  /** How it ended: `stopped`, or the message of its error. */
  outcome: string | undefined;
  readonly ended: Promise<void>;
  readonly #stop = new AbortController();
  readonly #clock: FakeClock;
  #frozenUntilMs = 0;

  constructor(api: LeaseApi, clock: FakeClock, options: CandidateOptions) {
    const { identity, timings = TIMINGS, clockErrorMs = 0, random = () => 0.5 } = options;
    this.#clock = clock;
    const sleep = async (ms: number, signal?: AbortSignal) => {
      await clock.sleep(ms, signal);
      await this.#thaw();
    };
    const client = api.connect();
    this.elector = new LeaderElector({
      client: {
        get: (...args) => this.#late(client.get(...args)),
        create: (...args) => this.#late(client.create(...args)),
        replace: (...args) => this.#late(client.replace(...args)),
      },
      lease: { namespace: "lab", name: "vm-dhcp-controllers" },
      identity,
      timings,
      clock: {
        nowMs: () => clock.nowMs() + clockErrorMs,
        monotonicMs: () => clock.nowMs(),
        sleep,
      },
      random,
      log: this.log,
      registry: this.registry,
      recorder: { record: (event) => void this.events.push(event) },
    });
    this.ended = runAsLeader(this.elector, untilAborted, this.#stop.signal).then(
      () => void (this.outcome = "stopped"),
      (error: Error) => void (this.outcome = error.message),
    );
  }

  /** The value of the metric. */
  get status(): number {
    return this.registry.value("leader_election_master_status", { name: "vm-dhcp-controllers" });
  }

  /** Asks it to end. */
  stop(): void {
    this.#stop.abort();
  }

  /** Stops it until a time, as SIGSTOP does. `Infinity` is SIGKILL. */
  freeze(ms: number): void {
    this.#frozenUntilMs = this.#clock.nowMs() + ms;
  }

  async #thaw(): Promise<void> {
    if (this.#frozenUntilMs === Infinity) await new Promise(() => {});
    while (this.#frozenUntilMs > this.#clock.nowMs()) {
      await this.#clock.sleep(this.#frozenUntilMs - this.#clock.nowMs());
    }
  }

  async #late<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } finally {
      await this.#thaw();
    }
  }
}
