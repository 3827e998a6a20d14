/** A controller as a process: elected, put together as the program does it, and mortal. */

import { createInformers, requireSync } from "../../../cmd/compose/informers.ts";
import type { EventRecorder } from "../../../lib/kube/contract.ts";
import { createController } from "../../../lib/controller/controller.ts";
import { UNOBSERVED_AGENTS } from "../../../lib/controller/ippool/agent_observer.ts";
import type { ElectionTimings } from "../../../lib/kube/election/leader_election_rules.ts";
import { LeaderElector } from "../../../lib/kube/election/leader_election.ts";
import { LeadershipLostError, runAsLeader } from "../../../lib/kube/election/run_as_leader.ts";
import { NETWORK_ATTACHMENT_DEFINITIONS } from "../../../lib/api/resources.ts";
import { errorOf } from "../../../lib/base/errors.ts";
import { Link, type LinkRequest } from "../api/link.ts";
import { ModelClient } from "../api/model_client.ts";
import { Lifeline } from "./lifeline.ts";
import { processClock } from "./sim_clock.ts";
import { NO_METRICS, SimLogger } from "./silent_parts.ts";
import type { World } from "./world.ts";

/** Shorter than the defaults of the program, so that more happens. */
export const TIMINGS: ElectionTimings = { leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2000 };

export const LEASE = { namespace: "kube-system", name: "vm-dhcp-controllers" };

/** One run of the program. */
interface Run {
  readonly by: string;
  readonly life: Lifeline;
  readonly link: Link;
  readonly stop: AbortController;
  readonly elector: LeaderElector;
}

/** A place where the program runs, again and again: a pod of its Deployment. */
export class ControllerProcess {
  readonly #world: World;
  #run: Run | undefined;
  #runs = 0;
  #skewMs = 0;
  /** Whether its host's clock was wrong at any time. */
  wasClockWrong = false;
  /** Whether it comes again after its end. */
  isWanted = false;

  constructor(world: World, readonly name: string) {
    this.#world = world;
  }

  /** Whether it leads as far as it knows. */
  get leads(): boolean {
    return this.#run?.elector.mayWrite() ?? false;
  }

  get link(): Link | undefined {
    return this.#run?.link;
  }

  get life(): Lifeline | undefined {
    return this.#run?.life;
  }

  start(): void {
    this.isWanted = true;
    if (this.#run !== undefined) return;
    const run = this.#createRun(`${this.name}.${++this.#runs}`);
    this.#run = run;
    this.#world.note(`${run.by} starts`);
    this.#freezeEarly(run);
  }

  /** Some stand still for a while as soon as they start, on a host that has too much to do. */
  #freezeEarly({ by, life }: Run): void {
    const { clock, weather, scenario } = this.#world;
    const chance = this.#world.chance("early freeze");
    const isFrozen = chance() < 0.4;
    const [fromMs, ms] = [chance() * 15, 1000 + chance() * 20_000];
    if (weather.isFair || scenario.disturbanceEveryMs === undefined || !isFrozen) return;
    clock.after(fromMs, () => {
      this.#world.note(`${by} stands still for ${Math.round(ms)} ms`);
      life.freeze();
    });
    clock.after(fromMs + ms, () => life.thaw());
  }

  /** As SIGKILL does; it comes again. */
  kill(why: string): void {
    if (this.#run === undefined) return;
    this.#world.note(`${this.#run.by} is killed: ${why}`);
    this.#end();
  }

  /** As SIGTERM does. */
  stop(isWanted = false): void {
    this.isWanted = isWanted;
    if (this.#run === undefined) return;
    this.#world.note(`${this.#run.by} is asked to stop`);
    this.#run.stop.abort();
  }

  /** How far its host's clock is set wrong. */
  get skewMs(): number {
    return this.#skewMs;
  }

  set skewMs(ms: number) {
    this.#skewMs = ms;
    if (ms !== 0) this.wasClockWrong = true;
  }

  get isRunning(): boolean {
    return this.#run !== undefined;
  }

  #end(): void {
    this.#run?.life.kill();
    this.#run = undefined;
    if (!this.isWanted) return;
    const { clock, weather } = this.#world;
    clock.after(weather.isFair ? 1000 : 500 + this.#world.chance("restart")() * 15_000, () => {
      if (this.isWanted) this.start();
    });
  }

  #createRun(by: string): Run {
    const world = this.#world;
    const life = new Lifeline();
    const link = this.#createLink(life);
    const stop = new AbortController();
    const clock = processClock(world.clock, { lifeline: life, skewMs: () => this.skewMs });
    const wire = processClock(world.clock, { lifeline: new Lifeline(), skewMs: () => 0 });
    const log = new SimLogger((level, msg, fields) => world.noteLine(by, { level, msg, fields }));
    const parts = { clock, random: world.chance(by), log, registry: NO_METRICS };
    const ways = { api: world.api, link, clock, wire, by };
    const recorder: EventRecorder = { record: (event) => world.events.noteEvent(event) };
    const elector = new LeaderElector({
      ...parts,
      client: new ModelClient({ ...ways, by: `${by} election` }),
      lease: LEASE,
      identity: by,
      timings: TIMINGS,
      recorder,
    });
    const client = new ModelClient({ ...ways, mayWrite: () => elector.mayWrite() });
    const lead = async (leading: AbortSignal) => {
      world.note(`${by} leads`);
      const informers = createInformers(client, parts);
      const agents = UNOBSERVED_AGENTS;
      const controller = createController({ ...parts, client, informers, recorder, agents });
      const giveUp = new AbortController();
      const running = AbortSignal.any([leading, giveUp.signal]);
      const work = Promise.all([controller.run(running), informers.run(running)]);
      try {
        await Promise.all([requireSync(informers, parts, running), work]);
      } finally {
        giveUp.abort();
        await work;
      }
    };
    void runAsLeader(elector, lead, stop.signal).then(
      () => this.#exited(by, undefined),
      (error) => this.#exited(by, errorOf(error)),
    );
    return { by, life, link, stop, elector };
  }

  #createLink(life: Lifeline): Link {
    const { api, weather, clock, streamsLists } = this.#world;
    return new Link({
      api,
      weather,
      streamsLists,
      clock: { monotonicMs: () => clock.elapsedMs },
      isDead: () => life.isDead,
      isForbidden: ({ isWrite, type }) =>
        isWrite && type === NETWORK_ATTACHMENT_DEFINITIONS && !this.#world.scenario.mayLabel,
      crash: ({ verb, type, key }: LinkRequest, moment) => {
        if (life.isDead) return;
        this.kill(`${moment} ${verb} of ${type.kind} ${key}`);
      },
      contend: ({ type, key }) => this.#world.contend(type, key),
    });
  }

  #exited(by: string, error: Error | undefined): void {
    if (this.#run?.by !== by) return;
    const isLoss = error instanceof LeadershipLostError;
    this.#world.note(`${by} ends${error === undefined ? "" : `: ${error.message}`}`);
    if (error !== undefined && !isLoss) this.#world.noteExit(by, error);
    this.#end();
  }
}
