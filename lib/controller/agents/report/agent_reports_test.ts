import assert from "node:assert/strict";
import type { CachedKind, Observed } from "../../../api/meta.ts";
import type { Informer } from "../../../kube/contract.ts";
import { IPPOOL_KIND, VMNETCFG_KIND } from "../../../reconcile/kinds.ts";
import { ippoolSample } from "../../../../tests/support/apiserver/samples.ts";
import { FakeClock } from "../../../../tests/support/clocks/fake_clock.ts";
import { FakeInformer } from "../../../../tests/support/kube/fake_informer.ts";
import { RecordingLogger } from "../../../../tests/support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../../../tests/support/metrics/recording_registry.ts";
import { FreshCache } from "../../runtime/fresh_cache.ts";
import { AgentReports } from "./agent_reports.ts";
import { REPORT_SECRET_CONTROLLER } from "./report_secret_controller.ts";
import { ReportRefused } from "./report_source.ts";

const NAME = { namespace: "default", name: "ippool-1" };

/** A pool with one agent that never accepts the token. */
class RefusingWorld {
  readonly clock = new FakeClock();
  readonly enqueued: string[] = [];
  secretVersion: string | undefined = "1";
  readonly #stop = new AbortController();
  readonly #reports: AgentReports;
  readonly #running: Promise<void>;

  constructor() {
    const ippools = new FakeInformer(IPPOOL_KIND.parse, IPPOOL_KIND.indexes);
    const vmnetcfgs = new FakeInformer(VMNETCFG_KIND.parse, VMNETCFG_KIND.indexes);
    ippools.put(ippoolSample());
    this.#reports = new AgentReports({
      informers: {
        of: <T>({ type }: CachedKind<T>) =>
          (type === IPPOOL_KIND.type ? ippools : vmnetcfgs) as unknown as Informer<Observed<T>>,
      },
      ippools: new FreshCache(ippools, IPPOOL_KIND.parse),
      secrets: { ensure: () => Promise.resolve({ certificates: ["cert"], token: "token" }) },
      fetchReport: () => Promise.reject(new ReportRefused("no")),
      agentPodsOf: () => [{ name: "a", ip: "192.0.2.1", ready: true, runs: true }],
      hasAgents: () => true,
      secretVersionOf: () => this.secretVersion,
      recorder: { record: () => {} },
      enqueue: (controller) => void this.enqueued.push(controller),
      log: new RecordingLogger(),
      registry: new RecordingRegistry(),
      clock: this.clock,
      random: () => 0.5,
    });
    this.#running = this.#reports.run(this.#stop.signal);
  }
  /** Makes the Secret of the pool, or looks at another version of it. */
  ensure(): Promise<void> {
    return this.#reports.ensureSecret(NAME, this.#stop.signal);
  }

  /** The controllers that were asked to look at the pool in this time. */
  async during(seconds: number): Promise<readonly string[]> {
    for (let i = 0; i < seconds; i++) await this.clock.advance(1000);
    return this.enqueued.splice(0).filter((name) => name === REPORT_SECRET_CONTROLLER);
  }

  async [Symbol.asyncDispose]() {
    this.#stop.abort();
    await this.#running;
  }
}

Deno.test("AgentReports reads no Secret again for an agent that refuses what it is known to have", async () => {
  await using world = new RefusingWorld();
  await world.ensure();
  assert.deepEqual(await world.during(300), []);
  world.secretVersion = "2";
  assert.ok((await world.during(600)).length > 0, "nobody has looked at this version");
  await world.ensure();
  assert.deepEqual(await world.during(600), []);
});

Deno.test("AgentReports has a Secret read whose version is not known when an agent refuses it", async () => {
  await using world = new RefusingWorld();
  world.secretVersion = undefined;
  await world.ensure();
  assert.ok((await world.during(60)).length > 0);
});
