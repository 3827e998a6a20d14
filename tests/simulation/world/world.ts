/** A seeded world: a server, controllers, and everything that is drawn by lot. */

import { type ResourceType } from "../../../lib/api/meta.ts";
import { LEASES, VIRTUAL_MACHINE_NETWORK_CONFIGS } from "../../../lib/api/resources.ts";
import type { LogFields, LogLevel } from "../../../lib/observe/logger.ts";
import { mulberry32 } from "../../support/harness/seeded_random.ts";
import { Weather } from "../api/weather.ts";
import { type Commit, ModelApi } from "../api/model_api.ts";
import { passedOnProblems } from "../checks/hand_back_checks.ts";
import { EventChecks } from "../checks/event_checks.ts";
import { StepChecks } from "../checks/step_checks.ts";
import { checkVmConfigKept } from "../checks/vm_checks.ts";
import { ControllerProcess } from "./controller_process.ts";
import { collectGarbage } from "./garbage.ts";
import { drawScenario, type Scenario } from "./scenario.ts";
import { SimClock } from "./sim_clock.ts";
import { LeaderCheck } from "../checks/leader_check.ts";

/** Something that happened beside the changes of objects. */
export interface WorldNote {
  readonly atMs: number;
  readonly text: string;
}

/** All of one simulation. */
export class World {
  readonly clock = new SimClock();
  readonly api = new ModelApi({
    nowMs: () => this.clock.nowMs,
    monotonicMs: () => this.clock.elapsedMs,
  });
  readonly notes: WorldNote[] = [];
  readonly scenario: Scenario;
  readonly weather: Weather;
  readonly checks = new StepChecks((problem) => this.fail(problem));
  readonly events = new EventChecks();
  readonly processes: readonly ControllerProcess[];
  readonly streamsLists: boolean;
  /** The first promise that was broken. */
  problem: string | undefined;
  /** When an object other than a Lease changed last. */
  changedMs = 0;
  /** Writes of controllers so far, without those of the election. */
  writes = 0;
  readonly #chances = new Map<string, () => number>();

  constructor(readonly seed: number) {
    this.scenario = drawScenario(this.chance("scenario"));
    this.weather = new Weather(this.scenario.climate, this.chance("weather"));
    this.streamsLists = this.scenario.streamsLists;
    const leaders = new LeaderCheck((problem) => this.fail(problem));
    this.api.onCommit((commit) => {
      this.#noteCommit(commit);
      this.checks.note(commit);
      this.events.noteCommit(commit);
      leaders.note(commit);
      for (const problem of passedOnProblems(commit)) this.fail(problem);
      if (commit.plural === VIRTUAL_MACHINE_NETWORK_CONFIGS.plural) {
        checkVmConfigKept(commit, this.api, (problem) => this.fail(problem));
      }
    });
    collectGarbage(this);
    this.processes = Array.from(
      { length: this.scenario.processes },
      (_, index) => new ControllerProcess(this, `controller-${index + 1}`),
    );
  }

  /** A stream of random numbers of its own, so that one part's draws do not move another's. */
  chance(what: string): () => number {
    const known = this.#chances.get(what);
    if (known !== undefined) return known;
    const chance = mulberry32(hashOf(`${this.seed} ${what}`));
    this.#chances.set(what, chance);
    return chance;
  }

  note(text: string): void {
    this.notes.push({ atMs: this.clock.elapsedMs, text });
  }

  /** Keeps the first problem. */
  fail(problem: string): void {
    if (this.problem !== undefined) return;
    this.problem = problem;
    this.note(`BROKEN: ${problem}`);
  }

  /** Notes a line of a controller's log; some lines tell of a fault of the program. */
  noteLine(
    by: string,
    { level, msg, fields }: {
      readonly level: LogLevel;
      readonly msg: string;
      readonly fields: LogFields;
    },
  ): void {
    const { error } = fields;
    const cause = error instanceof Error ? `: ${error.message}` : "";
    if (level === "error") this.note(`${by} logs "${msg}" ${fields["key"] ?? ""}${cause}`);
    const isBug = error instanceof TypeError || error instanceof RangeError ||
      error instanceof ReferenceError;
    if (isBug) this.fail(`${by} has a bug: ${error.stack}`);
    if (msg === "cache missed changes, listing again") this.fail(`${by}: ${msg}`);
  }

  noteExit(by: string, error: Error): void {
    if (this.weather.isFair) this.fail(`${by} ends with ${error.message}`);
  }

  /** Lets somebody else write to an object, so that whoever knew it is late. */
  contend(type: ResourceType, key: string): void {
    const object = this.api.find(type, key);
    if (object === undefined || type.plural === LEASES.plural) return;
    const { api } = this;
    const sent = api.sent;
    api.sent = undefined;
    const annotations = { ...object.metadata.annotations, touched: String(api.version) };
    api.replace({ type, by: "somebody" }, {
      ...object,
      metadata: { ...object.metadata, annotations },
    });
    api.sent = sent;
  }

  #noteCommit({ plural, sent, atMs }: Commit): void {
    if (plural === LEASES.plural) return;
    this.changedMs = atMs;
    if (sent !== undefined) this.writes++;
  }
}

/** FNV-1a: near seeds give streams that have nothing to do with each other. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
