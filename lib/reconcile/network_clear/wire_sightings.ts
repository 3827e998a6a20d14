/**
 * What the agents of one pool saw lately, from their reports. The counters of an agent begin anew with
 * it, and what several agents see is one thing: of a packet that two of them count, the number is one.
 */

import type { AgentReport } from "../agent_report.ts";
import {
  factsOf,
  faultOf,
  keyOfFact,
  type NetworkFault,
  NO_MAC,
  type WireFact,
} from "./wire_facts.ts";

/** After this without a sighting a host is taken to be gone. */
const SIGHTED_MS = 15 * 60_000;

/** Hosts in the way that are remembered for each fault; beyond them the one seen least is forgotten. */
const SIGHTINGS_MAX = 32;

/**
 * How long an agent that just began may be taken for another host: until the first report in which it says
 * which MAC it has.
 */
const REPLICA_MS = 60_000;

/** Agents of a pool whose counters are remembered. */
const AGENTS_MAX = 16;

/** Something that agents saw lately. */
export interface WireSighting {
  readonly key: string;
  readonly fact: WireFact;
  readonly fault: NetworkFault;
  /** How often it was seen, by the agent that saw it most. */
  readonly count: number;
  /** When it was seen last, by the monotonic clock. */
  readonly lastMs: number;
}

/** Now, by both clocks. */
export interface Moment {
  readonly monotonicMs: number;
  /** Since the epoch. */
  readonly nowMs: number;
}

interface KnownSighting extends Omit<WireSighting, "count"> {
  readonly sinceMs: number;
  /** By agent, how often. */
  readonly counts: Map<string, number>;
}

/** What an agent said last. */
interface KnownAgent {
  readonly startedAt: string;
  readonly counts: ReadonlyMap<string, number>;
  readonly mac: string | undefined;
}

/** The sightings of one pool. */
export class WireSightings {
  readonly #agents = new Map<string, KnownAgent>();
  readonly #sightings = new Map<string, KnownSighting>();

  /** Takes over what an agent says now. */
  note(report: AgentReport, now: Moment): void {
    const { instance, startedAt, macAddress: mac } = report;
    const known = this.#agents.get(instance);
    const before = known?.startedAt === startedAt ? known.counts : undefined;
    const counts = new Map<string, number>();
    for (const { fact, count, lastTime } of factsOf(report)) {
      const key = keyOfFact(fact);
      // An agent that tells of one host twice cannot make it two.
      if (counts.has(key)) continue;
      counts.set(key, count);
      if (lastTime === undefined) {
        const sighting = { key, fact, lastMs: now.monotonicMs };
        this.#sight(sighting, now, { instance, countAfter: () => count });
        continue;
      }
      const counted = before?.get(key);
      const more = counted === undefined || count < counted ? count : count - counted;
      // Of what is heard of for the first time only the agent's clock knows when it was.
      const ageMs = counted === undefined ? ageOf(lastTime, now.nowMs) : 0;
      if (more === 0 || ageMs >= SIGHTED_MS) continue;
      const sighting = { key, fact, lastMs: now.monotonicMs - ageMs };
      this.#sight(sighting, now, { instance, countAfter: (sofar) => sofar + more });
    }
    setLast(this.#agents, instance, { startedAt, counts, mac });
  }

  /** What was seen lately, the gravest and then the most frequent first. */
  current(monotonicMs: number): readonly WireSighting[] {
    for (const [key, { lastMs }] of this.#sightings) {
      if (monotonicMs - lastMs >= SIGHTED_MS) this.#sightings.delete(key);
    }
    const replicas = new Set([...this.#agents.values()].map(({ mac }) => mac));
    const seen = [...this.#sightings.values()].filter(({ fact, sinceMs }) =>
      isReplicaLike(fact)
        ? monotonicMs - sinceMs >= REPLICA_MS && !replicas.has(fact.mac)
        : !isKnownBetter(fact, this.#sightings.values())
    );
    return seen.map(({ counts, sinceMs: _, ...sighting }) => (
      { ...sighting, count: Math.max(...counts.values()) }
    )).sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1));
  }

  #sight(
    { key, fact, lastMs }: Pick<WireSighting, "key" | "fact" | "lastMs">,
    { monotonicMs }: Moment,
    { instance, countAfter }: {
      readonly instance: string;
      readonly countAfter: (sofar: number) => number;
    },
  ): void {
    const fault = faultOf(fact);
    const known = this.#sightings.get(key);
    const counts = known?.counts ?? new Map<string, number>();
    setLast(counts, instance, countAfter(counts.get(instance) ?? 0));
    const last = Math.max(lastMs, known?.lastMs ?? -Infinity);
    const sinceMs = known?.sinceMs ?? monotonicMs;
    const all = joined(known?.fact, fact);
    this.#sightings.set(key, { key, fact: all, fault, counts, sinceMs, lastMs: last });
    if (known === undefined) this.#makeRoom(fault, key);
  }

  /** A host that goes on is seen more than those that somebody makes up. */
  #makeRoom(fault: NetworkFault, added: string): void {
    const alike = [...this.#sightings.values()].filter((each) => each.fault === fault);
    if (alike.length <= SIGHTINGS_MAX) return;
    const others = alike.filter(({ key }) => key !== added).map(({ key, counts, lastMs }) => (
      { key, lastMs, count: Math.max(...counts.values()) }
    ));
    const [least] = others.sort((a, b) => a.count - b.count || a.lastMs - b.lastMs);
    this.#sightings.delete(least!.key);
  }
}

/** Whether a server whose MAC is not known is there with its MAC as well. */
function isKnownBetter(fact: WireFact, others: Iterable<KnownSighting>): boolean {
  if (fact.kind !== "server" || fact.mac !== NO_MAC) return false;
  return Iterator.from(others).some(({ fact: other }) =>
    other.kind === "server" && other.mac !== NO_MAC &&
    other.serverIdentifier === fact.serverIdentifier
  );
}

/** A server that won once has won, whichever agent saw it. */
function joined(before: WireFact | undefined, fact: WireFact): WireFact {
  return fact.kind === "server" && before?.kind === "server"
    ? { ...fact, hasWon: fact.hasWon || before.hasWon }
    : fact;
}

/** Whether another agent of the pool is seen like this: it has the same address, and answers in its name. */
function isReplicaLike(fact: WireFact): fact is WireFact & { readonly kind: "claim" | "impostor" } {
  return fact.kind === "claim" || fact.kind === "impostor";
}

/** An agent whose clock is ahead saw it just now. */
function ageOf(lastTime: string, nowMs: number): number {
  return Math.max(0, nowMs - Date.parse(lastTime));
}

/** Sets what is known by an agent; of more agents than are remembered, the one not heard for longest goes. */
function setLast<V>(byAgent: Map<string, V>, instance: string, value: V): void {
  byAgent.delete(instance);
  byAgent.set(instance, value);
  const [first] = byAgent.keys();
  if (byAgent.size > AGENTS_MAX) byAgent.delete(first!);
}
