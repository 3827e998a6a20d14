/**
 * The agents of one host: one for each pool whose VM network has an interface here. Pools and networks
 * come and go while the process runs, and so do their agents.
 */

import type { IPPool } from "../../api/ippool/ippool.ts";
import {
  formatNamespacedName,
  type NamespacedName,
  namespacedNameOf,
  type Observed,
} from "../../api/meta.ts";
import type { Clock } from "../../base/clock.ts";
import { errorOf } from "../../base/errors.ts";
import { isJsonEqual } from "../../base/json.ts";
import type { LeaseTable } from "../../dhcpv4/lease.ts";
import type { Informer } from "../../kube/contract.ts";
import type { Logger } from "../../observe/logger.ts";
import type { AgentReport } from "../../reconcile/agent_report.ts";
import type { AgentStatus } from "../../reconcile/agent_status.ts";
import { agentReportOf } from "../report.ts";
import type { NetworkInterfaces } from "./network_interfaces.ts";
import { collisionMessage, comesFirst, doCollide, placeOf, type PoolPlace } from "./shared_wire.ts";
import type { WireMemory } from "../wire/wire_memory.ts";

/** Notes that are shown at most. */
const NOTES_MAX = 20;

/** Name of an agent that has no pod of its own. */
const INSTANCE = "standalone";

/** What an agent remembers of its wire. */
export type AgentMemory = Pick<
  WireMemory,
  "lastSeenOf" | "latest" | "unknown" | "report" | "dumpVersion"
>;

/** An agent that has a table. */
export interface ServingAgent {
  readonly table: LeaseTable;
  readonly wire: AgentMemory;
}

/** An agent as the set sees it. */
export interface SettableAgent {
  readonly status: AgentStatus;
  /** Why nothing but a restart helps; `undefined` when that is not so. */
  readonly fault?: string | undefined;
  /** What its answers come from; `undefined` before its first sync. */
  readonly table: LeaseTable | undefined;
  /** Of the version of the pool that it answers from. */
  readonly resourceVersion: string | undefined;
  /** Since when it serves a snapshot. */
  readonly staleSinceMs: number | undefined;
  /** What it remembers. */
  readonly wire: AgentMemory;
  /** What somebody should know of it though it is ready. */
  notes(): readonly string[];
  /** Answers until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export interface AgentSetOptions {
  readonly pools: Informer<Observed<IPPool>>;
  readonly interfaces: NetworkInterfaces;
  /** @param onStatusChange Has to be called when `status` of the agent changes. */
  readonly createAgent: (
    pool: NamespacedName,
    interfaceName: string,
    onStatusChange: () => void,
  ) => SettableAgent;
  /** Called with the key of the pool whose agent has changed. */
  readonly onStatusChange: (poolKey: string) => void;
  readonly log: Logger;
  readonly clock: Pick<Clock, "nowMs">;
}

interface Member {
  readonly startedMs: number;
  readonly agent: SettableAgent;
  readonly interfaceName: string;
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

/** The agents of one host. Make it before the pools' informer runs. */
export class AgentSet {
  readonly #options: AgentSetOptions;
  readonly #members = new Map<string, Member>();
  readonly #leaving = new Set<Promise<void>>();
  /** Where pools were when they could last be read. */
  readonly #places = new Map<string, PoolPlace>();
  /** Pools that are not served here. */
  readonly #without = new Map<string, { readonly network: string; isTold: boolean }>();
  #stopped = false;

  constructor(options: AgentSetOptions) {
    this.#options = options;
    options.pools.onChange((key, _before, after) => this.#followPool(key, after));
    options.interfaces.onChange((network) => this.#followNetwork(network));
  }

  /** How the agent of a pool is, even when there is none. */
  observe(poolKey: string): AgentStatus {
    const member = this.#members.get(poolKey);
    if (member !== undefined) return member.agent.status;
    const message = `agent for ippool ${poolKey} is not deployed: ${this.#lackOf(poolKey)}`;
    return { ready: false, reason: "NoInterface", message };
  }

  /** Whether every agent has read its pool. */
  get synced(): boolean {
    return [...this.#members.values()].every(({ agent }) => agent.status.reason !== "NotSynced");
  }

  /** All agents that have a table, by pool. */
  serving(): ReadonlyMap<string, ServingAgent> {
    const agents = new Map<string, ServingAgent>();
    for (const [key, { agent: { table, wire } }] of this.#members) {
      if (table !== undefined) agents.set(key, { table, wire });
    }
    return agents;
  }

  /** What each agent has seen, by pool. */
  *reports(): Generator<readonly [poolKey: string, report: AgentReport]> {
    for (const [poolKey, { agent, startedMs }] of this.#members) {
      const reporter = { agent, poolKey, instance: INSTANCE, startedMs };
      yield [poolKey, agentReportOf(reporter, { lastSeen: false })];
    }
  }

  /** Sentences that say which agents are not ready; empty when all are. */
  unready(): readonly string[] {
    return [...this.#members.values()].filter(({ agent }) => !agent.status.ready)
      .map(({ agent }) => agent.status.message);
  }

  /** What somebody should know though every agent is ready: who gets no answer all the same. */
  notes(): readonly string[] {
    const notes = [...this.#members.values()].flatMap(({ agent }) => agent.notes());
    for (const key of this.#without.keys()) notes.push(this.observe(key).message);
    const more = notes.length - NOTES_MAX;
    return more <= 0 ? notes : [...notes.slice(0, NOTES_MAX), `and ${more} more`];
  }

  /** Whether an agent answers on the interface, or would. */
  uses(interfaceName: string): boolean {
    return this.#members.values().some((member) => member.interfaceName === interfaceName);
  }

  /** Sentences that say why the process has to be started again; empty when it has not. */
  faults(): readonly string[] {
    return [...this.#members.values()].flatMap(({ agent }) => agent.fault ?? []);
  }

  /** Ends all agents and starts no more. */
  async close(): Promise<void> {
    this.#stopped = true;
    for (const key of [...this.#members.keys()]) this.#end(key);
    await Promise.all(this.#leaving);
  }

  #followPool(key: string, pool: Observed<IPPool> | undefined): void {
    if (this.#stopped) return;
    const before = this.#places.get(key);
    // A pool that became unreadable keeps its place and its agent, which goes on with the last good table.
    const after = pool === undefined ? undefined : placeOf(pool) ?? before;
    if (after === undefined) this.#places.delete(key);
    else this.#places.set(key, after);
    this.#follow(key);
    if (!isJsonEqual(before, after)) this.#followBeside([before, after]);
  }

  /** Starts or ends the agent of a pool, as its place says. */
  #follow(key: string): void {
    const place = this.#places.get(key);
    if (place === undefined) {
      this.#without.delete(key);
      return this.#end(key);
    }
    const found = this.#options.interfaces.get(place.network);
    const interfaceName = this.#firstBeside(place) === undefined ? found : undefined;
    const member = this.#members.get(key);
    if (member !== undefined && member.interfaceName === interfaceName) return;
    this.#end(key);
    if (interfaceName === undefined) return this.#goWithout(key, place.network);
    this.#without.delete(key);
    const pool = this.#options.pools.get(key);
    if (pool !== undefined) this.#start(namespacedNameOf(pool.object), interfaceName);
  }

  /** Follows the pools that collide with places that changed. */
  #followBeside(places: readonly (PoolPlace | undefined)[]): void {
    for (const [key, place] of this.#places) {
      if (!places.some((each) => each && each.key !== key && doCollide(each, place))) continue;
      const before = this.#members.get(key);
      this.#follow(key);
      if (this.#members.get(key) !== before) this.#options.onStatusChange(key);
    }
  }

  /** The pool that is served instead of one on the same interface. */
  #firstBeside(place: PoolPlace): PoolPlace | undefined {
    const { interfaces } = this.#options;
    const interfaceName = interfaces.get(place.network);
    if (interfaceName === undefined) return undefined;
    return this.#places.values().find((other) =>
      doCollide(other, place) && interfaces.get(other.network) === interfaceName &&
      comesFirst(other, place)
    );
  }

  /** Why a pool is not served here, as the end of a sentence; then what to do. */
  #lackOf(key: string): string {
    const { interfaces } = this.#options;
    const place = this.#places.get(key);
    const first = place && this.#firstBeside(place);
    return first === undefined
      ? interfaces.lackOf(place?.network)
      : collisionMessage(first, interfaces.get(first.network)!);
  }

  /** Once it is known which interfaces there are: says of which pools nobody answers for. */
  tellOfLacks(): void {
    for (const [ippool, lack] of this.#without) {
      if (lack.isTold) continue;
      lack.isTold = true;
      const { message } = this.observe(ippool);
      const { network } = lack;
      this.#options.log.log("warn", "an ippool is not served here", {
        ippool,
        network,
        message,
      });
    }
  }

  #goWithout(key: string, network: string): void {
    if (this.#without.get(key)?.network === network) return;
    this.#without.set(key, { network, isTold: false });
    if (this.#options.interfaces.synced) this.tellOfLacks();
  }

  #followNetwork(network: string): void {
    if (this.#stopped) return;
    const places = [...this.#places.values()].filter((place) => place.network === network);
    for (const { key } of places) {
      this.#follow(key);
      this.#options.onStatusChange(key);
    }
    this.#followBeside(places);
  }

  #start(pool: NamespacedName, interfaceName: string): void {
    const { createAgent, onStatusChange, log } = this.#options;
    const key = formatNamespacedName(pool);
    const stop = new AbortController();
    const agent = createAgent(pool, interfaceName, () => onStatusChange(key));
    log.log("info", "agent started", { ippool: key, interface: interfaceName });
    const done = agent.run(stop.signal).catch((error) => {
      // The others go on, and the status of this one says what it last did.
      log.log("error", "agent failed", { ippool: key, error: errorOf(error) });
    });
    const startedMs = this.#options.clock.nowMs();
    this.#members.set(key, { startedMs, agent, interfaceName, stop, done });
    onStatusChange(key);
  }

  #end(key: string): void {
    const member = this.#members.get(key);
    if (member === undefined) return;
    this.#members.delete(key);
    member.stop.abort();
    const gone = member.done.finally(() => this.#leaving.delete(gone));
    this.#leaving.add(gone);
    this.#options.log.log("info", "agent stopped", { ippool: key });
  }
}
