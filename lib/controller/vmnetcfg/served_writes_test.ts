/** What it costs to tell the VMs of a pool that its agents have ended. */

import assert from "node:assert/strict";
import { ippoolSample, vmnetcfgSample } from "../../../tests/support/apiserver/samples.ts";
import { FakeClock, settle } from "../../../tests/support/clocks/fake_clock.ts";
import { FakeInformer } from "../../../tests/support/kube/fake_informer.ts";
import { RecordingLogger } from "../../../tests/support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../../tests/support/metrics/recording_registry.ts";
import type { JsonObject } from "../../base/json.ts";
import { keyOf, type KubeObject } from "../../api/meta.ts";
import type { KubeClient } from "../../kube/contract.ts";
import { IPPOOL_KIND, VMNETCFG_KIND } from "../../reconcile/kinds.ts";
import { VMNETCFG_FINALIZER } from "../../reconcile/names.ts";
import { PoolViews } from "../ippool/pool_views.ts";
import { ControllerSet } from "../runtime/controller_set.ts";
import { FreshCache } from "../runtime/fresh_cache.ts";
import { ObjectWriter } from "../runtime/object_writer.ts";
import { LastingAnswers } from "./lasting_answers.ts";
import { vmnetcfgController } from "./vmnetcfg_controller.ts";

const VMS = 250;
const READY = {
  type: "AgentReady",
  status: "True",
  reason: "Serving",
  message: "1 agent is ready",
};
const DOWN = { type: "AgentReady", status: "False", reason: "NotReady", message: "no pod" };

const CLEAR = { type: "NetworkClear", status: "True", reason: "NothingSeen", message: "nothing" };

function otherServer(seen: number): JsonObject {
  const message =
    `another DHCP server is on VM network default/net-48 (seen at least ${seen} times)`;
  return { type: "NetworkClear", status: "False", reason: "OtherServer", message };
}

function macOf(n: number): string {
  const octets = [n >> 8, n & 255].map((octet) => octet.toString(16).padStart(2, "0"));
  return `52:54:00:00:${octets.join(":")}`;
}

function addressOf(n: number): string {
  return `10.0.${4 + (n >> 8)}.${n & 255}`;
}

/** A pool of many VMs, and controllers that can be replaced. */
class Site implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly vmnetcfgs = new FakeInformer(VMNETCFG_KIND.parse, VMNETCFG_KIND.indexes);
  readonly pools = new FakeInformer(IPPOOL_KIND.parse, IPPOOL_KIND.indexes);
  writes = 0;
  #version = 0;
  #leads: { readonly stop: AbortController; readonly ended: Promise<void> } | undefined;

  constructor() {
    for (let n = 0; n < VMS; n++) {
      const networkConfigs = [{ macAddress: macOf(n), networkName: "default/net-48" }];
      this.vmnetcfgs.put(vmnetcfgSample({
        metadata: { name: `vm-${n}`, resourceVersion: "1", finalizers: [VMNETCFG_FINALIZER] },
        spec: { networkConfigs },
      }));
    }
    this.vmnetcfgs.sync();
    this.pools.sync();
  }

  async put(...conditions: readonly JsonObject[]): Promise<void> {
    const allocated = Object.fromEntries(
      Array.from({ length: VMS }, (_, n) => [addressOf(n), macOf(n)]),
    );
    const pool = { start: "10.0.4.0", end: "10.0.7.255", exclude: [] };
    const ipv4Config = { serverIP: "10.0.0.2", cidr: "10.0.0.0/16", router: "10.0.0.1" };
    const status = { ipv4: { allocated, used: VMS }, conditions };
    this.pools.put(ippoolSample({ pool, ipv4Config, status }));
    await settle();
  }

  /** Another controller takes over. */
  async lead(): Promise<void> {
    await this.#end();
    const stop = new AbortController();
    const { clock } = this;
    const client: Pick<KubeClient, "replace"> = {
      replace: (_type, object) => Promise.resolve(this.#write(object)),
    };
    const views = new PoolViews(new FreshCache(this.pools, IPPOOL_KIND.parse));
    const answers = new LastingAnswers(views, { clock, areAgentsObserved: true });
    const parts = { log: new RecordingLogger(), registry: new RecordingRegistry(), clock };
    const cache = new FreshCache(this.vmnetcfgs, VMNETCFG_KIND.parse);
    const recorder = { record: () => {} };
    const controller = vmnetcfgController({
      vmnetcfgs: new ObjectWriter(client as KubeClient, VMNETCFG_KIND.type, cache, recorder),
      ...{ views, answers, ...parts },
      withoutNicSeries: true,
    });
    const set = new ControllerSet([controller, answers.controller()], {
      ...parts,
      random: () => 0,
    });
    this.#leads = { stop, ended: set.run(stop.signal) };
    // What is there is told of at first.
    for (const { object } of this.vmnetcfgs.list()) this.vmnetcfgs.put(object);
    for (const { object } of this.pools.list()) this.pools.put({ ...object });
    await settle();
  }

  /** How many writes there are in each second of a time. */
  async writesIn(seconds: number): Promise<readonly number[]> {
    const counts: number[] = [];
    for (let second = 0; second < seconds; second++) {
      const before = this.writes;
      await this.clock.advance(1000);
      counts.push(this.writes - before);
    }
    return counts;
  }

  #write(object: KubeObject): KubeObject {
    this.writes++;
    const resourceVersion = `${++this.#version + 1}`;
    const written = { ...object, metadata: { ...object.metadata, resourceVersion } };
    queueMicrotask(() => this.vmnetcfgs.put(written));
    return written;
  }

  async #end(): Promise<void> {
    this.#leads?.stop.abort();
    await this.#leads?.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }
}

function sum(counts: readonly number[]): number {
  return counts.reduce((all, each) => all + each, 0);
}

Deno.test("VMs are told of the end of their agents at ten writes a second, and never twice", async () => {
  await using site = new Site();
  await site.put(READY);
  await site.lead();
  await site.writesIn(1);
  assert.equal(site.writes, VMS, "each status once");
  await site.put(DOWN);
  assert.equal(sum(await site.writesIn(40)), 0, "an agent that starts again costs nothing");
  await site.put(READY);
  assert.equal(sum(await site.writesIn(60)), 0);
  await site.put(DOWN);
  const counts = await site.writesIn(45 + 16);
  assert.equal(sum(counts.slice(0, 44)), 0);
  assert.equal(sum(counts), VMS);
  assert.ok(Math.max(...counts) <= 110, `at once ${Math.max(...counts)}`);
  assert.ok(sum(counts.slice(46, 56)) <= 110, "ten a second");
  await site.lead();
  assert.equal(sum(await site.writesIn(120)), 0, "one that takes over has nothing to add");
  await site.put(READY);
  assert.equal(sum(await site.writesIn(15 + 17)), VMS);
  for (const { object } of site.vmnetcfgs.list()) {
    const { conditions } = object.status as { conditions: JsonObject[] };
    assert.equal(
      conditions.find(({ type }) => type === "Served")!.reason,
      "Answered",
      keyOf(object),
    );
  }
});

Deno.test("VMs are told once of a host that comes and goes, however often agents see it", async () => {
  await using site = new Site();
  await site.put(READY, CLEAR);
  await site.lead();
  await site.writesIn(1);
  assert.equal(site.writes, VMS, "each status once");
  // As the pool's condition changes at most: once a minute, and back after a quarter of an hour.
  for (let seen = 1; seen <= 15; seen++) {
    await site.put(READY, otherServer(seen));
    await site.writesIn(60);
  }
  assert.equal(site.writes, 2 * VMS);
  await site.put(READY, CLEAR);
  await site.writesIn(14);
  await site.put(READY, otherServer(1));
  await site.writesIn(60);
  assert.equal(site.writes, 2 * VMS, "it was away for less than 15 seconds");
  await site.put(READY, CLEAR);
  assert.equal(sum(await site.writesIn(15 + 17)), VMS);
});
