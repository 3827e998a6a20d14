/**
 * Asks each agent now and then what it sees. An agent may be in the hands of somebody else: one that
 * hangs, floods or lies costs its own pool its report, and the others nothing.
 */

import { withTimeLimit } from "../../../base/abort.ts";
import type { Clock } from "../../../base/clock.ts";
import { ConcurrencyLimiter } from "../../../base/concurrency_limiter.ts";
import { errorOf } from "../../../base/errors.ts";
import type { Logger } from "../../../observe/logger.ts";
import type { Counter, MetricRegistry } from "../../../observe/metrics.ts";
import { type AgentReport, parseAgentReport } from "../../../reconcile/agent_report.ts";
import {
  type AgentPodSource,
  type FetchReport,
  type ReportCredentials,
  ReportRefused,
} from "./report_source.ts";

/** Pause between two questions to one agent, on average. */
const PAUSE_MS = 30_000;
/** The longest pause, after failures in a row: each but the first doubles it. */
const PAUSE_MS_MAX = 300_000;

/** New agents are asked soon, but at the start of a controller not all of them at once. */
const NEW_AGENT_MS = 100;

/** Failures in a row that are worth a line: a new agent may not have its credentials yet. */
const FAILURES_TOLD = 2;

/** Time for an answer. */
const ANSWER_MS_MAX = 5000;

/** Agents that are asked at once; of those that did not answer the last time, only so many. */
const QUESTIONS_MAX = 8;
const SUSPECTS_MAX = 4;

/** How often to look for agents whose turn it is. */
const LOOK_MS = 1000;

/** Pause between two lines about one agent. */
const LINE_PAUSE_MS = 3600_000;

/** What the reading of reports needs. */
export interface ReportReaderOptions extends AgentPodSource {
  /** Keys of all pools. */
  readonly poolKeys: () => readonly string[];
  /** With what agents of a pool are asked; `undefined` while there is nothing. */
  readonly credentialsOf: (poolKey: string) => ReportCredentials | undefined;
  readonly fetchReport: FetchReport;
  readonly onReport: (poolKey: string, report: AgentReport) => void;
  /** Called when {@link ReportReader.unreadyOf} of an agent says something else. */
  readonly onUnready: (poolKey: string) => void;
  /** Called when an agent and the controller do not know the same. */
  readonly onRefused: (poolKey: string) => void;
  readonly log: Logger;
  readonly registry: MetricRegistry;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

interface AskedAgent {
  readonly poolKey: string;
  readonly name: string;
  ip: string;
  ready: boolean;
  /** Why it does not answer, if it said so last. */
  unready: string | undefined;
  /** When it is asked next, by the monotonic clock; `undefined` when it has just been found. */
  dueMs: number | undefined;
  isAsked: boolean;
  failures: number;
  loggedMs: number;
}

/** Reads the reports of all agents that run. */
export class ReportReader {
  readonly #options: ReportReaderOptions;
  readonly #results: Counter;
  readonly #questions = new ConcurrencyLimiter(QUESTIONS_MAX);
  readonly #suspects = new ConcurrencyLimiter(SUSPECTS_MAX);
  #agents: ReadonlyMap<string, AskedAgent> = new Map();

  constructor(options: ReportReaderOptions) {
    this.#options = options;
    this.#results = options.registry.counter({
      name: "vmdhcpcontroller_agent_reports_total",
      help: "Reports of agents by result: read, refused for want of the right certificate or " +
        "token, or failed.",
      labelNames: ["result"],
    });
  }

  /** Asks until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const underWay = new Set<Promise<void>>();
    while (!signal.aborted) {
      this.#agents = this.#lookAround();
      const nowMs = clock.monotonicMs();
      for (const agent of this.#agents.values()) {
        if (agent.isAsked || agent.dueMs! > nowMs) continue;
        const asking: Promise<void> = this.#askInTurn(agent, signal)
          .finally(() => underWay.delete(asking));
        underWay.add(asking);
      }
      await clock.sleep(LOOK_MS, signal);
    }
    await Promise.all(underWay);
  }

  /** Why an agent does not answer, in its own words; `undefined` when it did not say so. */
  unreadyOf(poolKey: string, pod: string): string | undefined {
    return this.#agents.get(keyOf(poolKey, pod))?.unready;
  }

  /** The agents that run now. */
  #lookAround(): ReadonlyMap<string, AskedAgent> {
    const { poolKeys, agentPodsOf, clock, random } = this.#options;
    const agents = new Map<string, AskedAgent>();
    for (const poolKey of poolKeys()) {
      for (const { name, ip, ready, runs } of agentPodsOf(poolKey)) {
        if (!(ready || runs) || ip === undefined) continue;
        const key = keyOf(poolKey, name);
        const agent = this.#agents.get(key) ?? newAgent({ poolKey, name, ip, ready });
        agent.ip = ip;
        // It can say what has changed.
        if (agent.ready !== ready && agent.failures === 0) agent.dueMs = undefined;
        agent.ready = ready;
        agents.set(key, agent);
      }
    }
    const spreadMs = Math.min(agents.size * NEW_AGENT_MS, PAUSE_MS);
    for (const agent of agents.values()) {
      agent.dueMs ??= clock.monotonicMs() + random() * spreadMs;
    }
    return agents;
  }

  async #askInTurn(agent: AskedAgent, signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    agent.isAsked = true;
    const ask = () => this.#questions.run(() => this.#ask(agent, signal), signal);
    try {
      await (agent.failures === 0 ? ask() : this.#suspects.run(ask, signal));
    } catch (error) {
      // Only the end of the program ends the wait for a turn.
      if (!signal.aborted) throw error;
    }
    const pauseMs = Math.min(PAUSE_MS * 2 ** Math.max(0, agent.failures - 1), PAUSE_MS_MAX);
    agent.dueMs = clock.monotonicMs() + pauseMs * (0.8 + 0.4 * random());
    agent.isAsked = false;
  }

  async #ask(agent: AskedAgent, signal: AbortSignal): Promise<void> {
    const { clock, credentialsOf, fetchReport, onReport, onRefused } = this.#options;
    const { poolKey, ip } = agent;
    const credentials = credentialsOf(poolKey);
    if (credentials === undefined) return;
    try {
      const limit = { clock, ms: ANSWER_MS_MAX, signal };
      const text = await withTimeLimit(limit, (ended) => fetchReport({ ip, credentials }, ended));
      const report = reportOf(text, agent);
      agent.failures = 0;
      this.#hear(agent, report.unready);
      // What it has seen is read when it answers again.
      if (report.unready === undefined) onReport(poolKey, report);
      this.#results.inc({ result: "read" });
    } catch (thrown) {
      if (signal.aborted) return;
      const isRefused = thrown instanceof ReportRefused;
      agent.failures++;
      this.#results.inc({ result: isRefused ? "refused" : "failed" });
      this.#complain(agent, errorOf(thrown));
      if (isRefused) onRefused(poolKey);
      if (agent.failures === FAILURES_TOLD) this.#hear(agent, undefined);
    }
  }

  #hear(agent: AskedAgent, unready: string | undefined): void {
    if (agent.unready === unready) return;
    agent.unready = unready;
    this.#options.onUnready(agent.poolKey);
  }

  #complain(agent: AskedAgent, error: Error): void {
    const { clock, log } = this.#options;
    const nowMs = clock.monotonicMs();
    if (agent.failures < FAILURES_TOLD || nowMs - agent.loggedMs < LINE_PAUSE_MS) return;
    agent.loggedMs = nowMs;
    const { poolKey: ippool, name: pod, ip } = agent;
    log.log("warn", "cannot read the report of an agent", { ippool, pod, ip, error });
  }
}

function newAgent(agent: Pick<AskedAgent, "poolKey" | "name" | "ip" | "ready">): AskedAgent {
  return {
    ...agent,
    unready: undefined,
    dueMs: undefined,
    isAsked: false,
    failures: 0,
    loggedMs: -Infinity,
  };
}

function keyOf(poolKey: string, pod: string): string {
  return `${poolKey} ${pod}`;
}

/** @throws {Error} when the text is no report of this agent. */
function reportOf(text: string, { poolKey, name }: AskedAgent): AgentReport {
  const parsed = parseAgentReport(text);
  if (!parsed.ok) throw new Error(parsed.reason);
  const { pool, instance } = parsed.report;
  if (pool === poolKey && instance === name) return parsed.report;
  throw new Error(`the report is that of agent ${instance} of ippool ${pool}`);
}
