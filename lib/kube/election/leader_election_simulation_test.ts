/** Random histories of an election: freezes, kills, stops, bad networks, wrong clocks. */

import { equal, ok } from "node:assert/strict";
import { Candidate } from "../../../tests/support/kube/candidate.ts";
import { FakeClock } from "../../../tests/support/clocks/fake_clock.ts";
import { LeaseApi, type LeaseFault } from "../../../tests/support/kube/lease_api.ts";
import type { LeaseRecord } from "./lease_record.ts";
import { mulberry32 } from "../../../tests/support/harness/seeded_random.ts";

const HISTORIES = 60;
const MINUTES = 10;
const STEP_MS = 200;
const FAULTS: readonly LeaseFault[] = ["lost", "unanswered", "late", "refused"];

class History {
  readonly clock = new FakeClock();
  readonly api = new LeaseApi(this.clock);
  readonly #random: () => number;
  readonly #candidates = new Set<Candidate>();
  #started = 0;

  constructor(readonly seed: number) {
    this.#random = mulberry32(seed);
    this.api.latencyMs = () => this.#random() * 300;
    for (let count = 0; count < 3; count++) this.#start();
  }

  /** Those who may write now; nobody else can ever be among them. */
  get writers(): readonly Candidate[] {
    return [...this.#candidates].filter(({ elector }) => elector.mayWrite());
  }

  async run(): Promise<void> {
    const endMs = this.clock.nowMs() + MINUTES * 60_000;
    while (this.clock.nowMs() < endMs) {
      this.#disturb();
      await this.#step();
    }
    this.api.fault = () => undefined;
    for (let ms = 0; ms < 60_000; ms += STEP_MS) await this.#step();
    equal(this.writers.length, 1, `somebody leads at the end, seed ${this.seed}`);
  }

  #start(): void {
    this.#candidates.add(
      new Candidate(this.api, this.clock, {
        identity: `candidate-${this.#started++}`,
        clockErrorMs: (this.#random() - 0.5) * 7_200_000,
        random: this.#random,
      }),
    );
  }

  async #step(): Promise<void> {
    await this.clock.advance(STEP_MS);
    ok(this.writers.length <= 1, `two may write, seed ${this.seed}`);
    for (const candidate of this.#candidates) {
      if (candidate.outcome === undefined) continue;
      this.#candidates.delete(candidate);
      this.#start();
    }
  }

  /** About every ten seconds something happens. */
  #disturb(): void {
    const draw = this.#random() * 50;
    const [victim] = [...this.#candidates].sort(() => this.#random() - 0.5);
    if (draw < 0.4) victim?.freeze(this.#random() * 40_000);
    else if (draw < 0.5) this.#kill(victim);
    else if (draw < 0.6) victim?.stop();
    else if (draw < 0.8) this.#spoil(this.#random());
    else if (draw < 1) this.#spoil(0);
  }

  /** SIGKILL: what it believes of itself counts no more. */
  #kill(victim: Candidate | undefined): void {
    if (victim === undefined) return;
    victim.freeze(Infinity);
    this.#candidates.delete(victim);
    this.#start();
  }

  #spoil(rate: number): void {
    this.api.fault = () =>
      this.#random() < rate ? FAULTS[Math.floor(this.#random() * FAULTS.length)] : undefined;
  }
}

/** `leaseTransitions` rises if and only if somebody else holds the lease than before. */
function checkTransitions(written: readonly LeaseRecord[], seed: number): void {
  let holder = "";
  let transitions = -1;
  for (const record of written) {
    if (record.holderIdentity !== "" && record.holderIdentity !== holder) {
      equal(record.leaseTransitions, transitions + 1, `seed ${seed}`);
      holder = record.holderIdentity;
    } else {
      equal(record.leaseTransitions, transitions, `seed ${seed}`);
    }
    transitions = record.leaseTransitions;
  }
}

Deno.test("LeaderElector never lets two write, whatever happens, and somebody leads afterwards", async () => {
  let holders = 0;
  for (let seed = 1; seed <= HISTORIES; seed++) {
    const history = new History(seed);
    await history.run();
    checkTransitions(history.api.written, seed);
    holders += history.api.record?.leaseTransitions ?? 0;
  }
  ok(holders > HISTORIES * 3, `the histories have changes of the holder: ${holders}`);
});
