import assert from "node:assert/strict";
import type { AgentReport } from "../../../reconcile/agent_report.ts";
import { FakeClock } from "../../../../tests/support/clocks/fake_clock.ts";
import { QUIET_WIRE } from "../../../../tests/support/controller/agent_worlds.ts";
import { RecordingLogger } from "../../../../tests/support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../../../tests/support/metrics/recording_registry.ts";
import { ReportReader } from "./report_reader.ts";
import { type AgentPod, ReportRefused, type ReportRequest } from "./report_source.ts";

const CREDENTIALS = { certificates: ["cert"], token: "token" };

function reportText(pool: string, instance: string, unready?: string): string {
  const report: AgentReport = {
    pool,
    instance,
    startedAt: "2026-01-01T00:00:00Z",
    ...QUIET_WIRE,
    ...(unready === undefined ? {} : { unready }),
  };
  return JSON.stringify(report);
}

/** Agents by their address: how each answers. */
type Answers = Record<string, (signal: AbortSignal) => Promise<string>>;

/** A reader, with a clock that the test moves. */
class ReaderWorld {
  readonly clock = new FakeClock();
  readonly log = new RecordingLogger();
  readonly pods = new Map<string, readonly AgentPod[]>();
  readonly asked: string[] = [];
  readonly reports: string[] = [];
  readonly refused: string[] = [];
  /** What the pool `ns/p` was told of its agent `a`. */
  readonly unready: (string | undefined)[] = [];
  askedAtOnce = 0;
  askedAtOnceMax = 0;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(answers: Answers) {
    const reader: ReportReader = new ReportReader({
      poolKeys: () => [...this.pods.keys()],
      agentPodsOf: (poolKey) => this.pods.get(poolKey) ?? [],
      credentialsOf: () => CREDENTIALS,
      fetchReport: ({ ip }: ReportRequest, signal) => this.#answer(ip, answers, signal),
      onReport: (poolKey, { instance }) => void this.reports.push(`${poolKey} ${instance}`),
      onUnready: (poolKey) => void this.unready.push(reader.unreadyOf(poolKey, "a")),
      onRefused: (poolKey) => void this.refused.push(poolKey),
      log: this.log,
      registry: new RecordingRegistry(),
      clock: this.clock,
      random: () => 0.5,
    });
    this.#running = reader.run(this.#stop.signal);
  }

  async #answer(ip: string, answers: Answers, signal: AbortSignal): Promise<string> {
    this.asked.push(ip);
    this.askedAtOnceMax = Math.max(this.askedAtOnceMax, ++this.askedAtOnce);
    try {
      return await answers[ip]!(signal);
    } finally {
      this.askedAtOnce--;
    }
  }

  async advance(seconds: number): Promise<void> {
    for (let i = 0; i < seconds; i++) await this.clock.advance(1000);
  }

  async [Symbol.asyncDispose]() {
    this.#stop.abort();
    await this.#running;
  }
}

function never(signal: AbortSignal): Promise<string> {
  return new Promise((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason), { once: true })
  );
}

function agent(name: string, ip = name, ready = true): AgentPod {
  return { name, ip, ready, runs: ready };
}

Deno.test("ReportReader asks each agent that is ready twice a minute", async () => {
  await using world = new ReaderWorld({
    a: () => Promise.resolve(reportText("ns/p", "a")),
    b: () => Promise.resolve(reportText("ns/p", "b")),
  });
  world.pods.set("ns/p", [
    agent("a"),
    agent("b"),
    agent("c", "c", false),
    { name: "d", ip: undefined, ready: true, runs: true },
  ]);
  await world.advance(120);
  assert.deepEqual([...new Set(world.asked)], ["a", "b"]);
  assert.equal(world.asked.length, 8);
  assert.deepEqual(world.reports, Array(4).fill(["ns/p a", "ns/p b"]).flat());
  world.pods.clear();
  await world.advance(60);
  assert.equal(world.asked.length, 8);
});

Deno.test("ReportReader asks an agent that is not ready why, at once, and tells only what changes", async () => {
  let answer = () => Promise.resolve(reportText("ns/p", "a"));
  await using world = new ReaderWorld({ a: () => answer() });
  world.pods.set("ns/p", [agent("a")]);
  await world.advance(5);
  assert.deepEqual(world.reports, ["ns/p a"]);
  answer = () => Promise.resolve(reportText("ns/p", "a", "interface eth1 is down"));
  world.pods.set("ns/p", [{ ...agent("a", "a", false), runs: true }]);
  await world.advance(2);
  assert.deepEqual(world.unready, ["interface eth1 is down"]);
  await world.advance(120);
  assert.deepEqual(world.unready, ["interface eth1 is down"]);
  assert.deepEqual(world.reports, ["ns/p a"], "what it has seen is of no use then");
  answer = () => Promise.resolve(reportText("ns/p", "a"));
  world.pods.set("ns/p", [agent("a")]);
  await world.advance(2);
  assert.deepEqual(world.unready, ["interface eth1 is down", undefined]);
  assert.deepEqual(world.reports, ["ns/p a", "ns/p a"]);
});

Deno.test("ReportReader knows nothing of an agent that no longer answers, or whose program has ended", async () => {
  const text = reportText("ns/p", "a", "interface eth1 is down");
  const down = { ...agent("a", "a", false), runs: true };
  let answer = () => Promise.resolve(text);
  await using world = new ReaderWorld({ a: () => answer() });
  world.pods.set("ns/p", [down]);
  await world.advance(2);
  answer = () => Promise.reject(new Error("reset"));
  await world.advance(120);
  assert.deepEqual(world.unready, ["interface eth1 is down", undefined]);
  answer = () => Promise.resolve(text);
  await world.advance(300);
  world.pods.set("ns/p", [{ ...down, runs: false }]);
  await world.advance(2);
  world.pods.set("ns/p", [down]);
  await world.advance(2);
  assert.deepEqual(world.unready.slice(2), Array(2).fill("interface eth1 is down"));
});

for (
  const { name, answer, says } of [
    { name: "rubbish", answer: () => Promise.resolve("<html>"), says: /not JSON/ },
    {
      name: "the report of another pool",
      answer: () => Promise.resolve(reportText("ns/other", "bad")),
      says: /that of agent bad of ippool ns\/other/,
    },
    {
      name: "the report of another agent",
      answer: () => Promise.resolve(reportText("ns/p", "a")),
      says: /that of agent a of ippool ns\/p/,
    },
    { name: "an error", answer: () => Promise.reject(new Error("reset")), says: /reset/ },
    { name: "nothing", answer: never, says: /no answer within 5 seconds/ },
  ]
) {
  Deno.test(`ReportReader takes nothing from an agent that gives ${name}, and says so once`, async () => {
    await using world = new ReaderWorld({
      good: () => Promise.resolve(reportText("ns/p", "good")),
      bad: answer,
    });
    world.pods.set("ns/p", [agent("bad"), agent("good")]);
    await world.advance(600);
    assert.deepEqual([...new Set(world.reports)], ["ns/p good"]);
    assert.ok(world.reports.length >= 19);
    assert.equal(world.log.lines.length, 1);
    assert.match(`${world.log.lines[0]!.fields.error}`, says);
    const askedBad = world.asked.filter((ip) => ip === "bad").length;
    assert.ok(askedBad >= 3 && askedBad <= 6, `less and less: ${askedBad}`);
  });
}

Deno.test("ReportReader tells when an agent does not accept the token", async () => {
  await using world = new ReaderWorld({ a: () => Promise.reject(new ReportRefused("no")) });
  world.pods.set("ns/p", [agent("a")]);
  await world.advance(20);
  assert.deepEqual(world.refused, ["ns/p"]);
});

Deno.test("ReportReader asks eight at once, and agents that hang do not keep it from the others", async () => {
  const answers: Answers = {};
  const hanging: AgentPod[] = [];
  const good: AgentPod[] = [];
  for (let i = 0; i < 100; i++) {
    answers[`bad${i}`] = never;
    answers[`good${i}`] = () => Promise.resolve(reportText("ns/good", `good${i}`));
    hanging.push(agent(`bad${i}`));
    good.push(agent(`good${i}`));
  }
  await using world = new ReaderWorld(answers);
  world.pods.set("ns/bad", hanging);
  await world.advance(300);
  assert.equal(world.askedAtOnceMax, 8);
  world.pods.set("ns/good", good);
  await world.advance(120);
  assert.equal(world.askedAtOnceMax, 8);
  const counts = new Map<string, number>();
  for (const each of world.reports) counts.set(each, (counts.get(each) ?? 0) + 1);
  assert.equal(counts.size, 100);
  assert.ok([...counts.values()].every((count) => count >= 3), "each as if there were no others");
});
