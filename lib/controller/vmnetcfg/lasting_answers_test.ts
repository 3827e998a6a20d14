import assert from "node:assert/strict";
import { ippoolSample } from "../../../tests/support/apiserver/samples.ts";
import { FakeClock, settle } from "../../../tests/support/clocks/fake_clock.ts";
import { FakeInformer } from "../../../tests/support/kube/fake_informer.ts";
import { RecordingLogger } from "../../../tests/support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../../tests/support/metrics/recording_registry.ts";
import type { JsonObject } from "../../base/json.ts";
import { IPPOOL_KIND } from "../../reconcile/kinds.ts";
import { PoolViews } from "../ippool/pool_views.ts";
import { ControllerSet } from "../runtime/controller_set.ts";
import { FreshCache } from "../runtime/fresh_cache.ts";
import { LastingAnswers } from "./lasting_answers.ts";

const READY = {
  type: "AgentReady",
  status: "True",
  reason: "Serving",
  message: "1 agent is ready",
};
const DOWN = { type: "AgentReady", status: "False", reason: "NotReady", message: "no pod" };

const OTHER_SERVER = {
  type: "NetworkClear",
  status: "False",
  reason: "OtherServer",
  message: "another DHCP server, 192.168.48.66, is on VM network default/net-48 (seen once)",
};

function setUp() {
  const clock = new FakeClock();
  const pools = new FakeInformer(IPPOOL_KIND.parse, IPPOOL_KIND.indexes);
  const views = new PoolViews(new FreshCache(pools, IPPOOL_KIND.parse));
  const answers = new LastingAnswers(views, { clock, areAgentsObserved: true });
  const told: string[] = [];
  const shown = () => answers.of(views.get("default/ippool-1")!);
  answers.onChange(() => {
    const { answers: { reason }, isLasting } = shown();
    told.push(isLasting ? reason : `${reason} for now`);
  });
  const put = async (
    condition: JsonObject | undefined,
    spec: JsonObject = {},
    network?: JsonObject,
  ) => {
    const conditions = [condition, network].filter((each) => each !== undefined);
    pools.put(ippoolSample({ spec, status: { conditions } }));
    await settle();
  };
  const parts = { log: new RecordingLogger(), registry: new RecordingRegistry(), clock };
  const stop = new AbortController();
  const controllers = new ControllerSet([answers.controller()], { ...parts, random: () => 0 });
  pools.sync();
  const ended = controllers.run(stop.signal);
  return {
    clock,
    put,
    told,
    shown,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}

Deno.test("LastingAnswers tells nobody of an agent that starts again within 44 seconds", async () => {
  await using setup = setUp();
  const { clock, put, told, shown } = setup;
  await put(READY);
  for (let times = 0; times < 20; times++) {
    await put({ ...DOWN, reason: times % 2 === 0 ? "NotReady" : "Starting" });
    await clock.advance(44_000);
    assert.equal(shown().answers.reason, "Answered");
    await put(READY);
    await clock.advance(1000);
  }
  assert.deepEqual(told, []);
});

Deno.test("LastingAnswers tells of a trouble that has lasted 45 seconds, whatever its sentences", async () => {
  await using setup = setUp();
  const { clock, put, told } = setup;
  await put(READY);
  for (let second = 0; second < 50; second += 5) {
    await put({ ...DOWN, message: `second ${second}` });
    await clock.advance(5000);
    assert.deepEqual(told, second >= 40 ? ["AgentNotReady"] : [], `second ${second}`);
  }
  await put(READY);
  await clock.advance(14_999);
  assert.deepEqual(told, ["AgentNotReady"]);
  await clock.advance(1);
  assert.deepEqual(told, ["AgentNotReady", "Answered"]);
});

Deno.test("LastingAnswers tells at once what the pool's condition has waited for: another server", async () => {
  await using setup = setUp();
  const { clock, put, told, shown } = setup;
  await put(READY);
  await put(READY, {}, OTHER_SERVER);
  assert.deepEqual(told, ["OtherServer"]);
  assert.match(shown().answers.message, /^another DHCP server, 192\.168\.48\.66, is on [^(]*$/);
  for (let seen = 5; seen < 55; seen += 5) {
    const message = OTHER_SERVER.message.replace("once", `at least ${seen} times`);
    await put(READY, {}, { ...OTHER_SERVER, message });
    await clock.advance(60_000);
  }
  assert.deepEqual(told, ["OtherServer"], "how often it was seen is told to nobody");
  await put(DOWN, {}, OTHER_SERVER);
  await clock.advance(44_999);
  assert.deepEqual(told, ["OtherServer"]);
  await clock.advance(1);
  assert.deepEqual(told, ["OtherServer", "AgentNotReady"]);
});

Deno.test("LastingAnswers tells of another sentence about the same trouble after ten minutes", async () => {
  await using setup = setUp();
  const { clock, put, told, shown } = setup;
  await put(READY);
  await put(DOWN);
  await clock.advance(45_000);
  for (let minute = 0; minute < 30; minute++) {
    await put({ ...DOWN, message: `minute ${minute}` });
    await clock.advance(60_000);
  }
  assert.deepEqual(told, Array(4).fill("AgentNotReady"));
  assert.match(shown().answers.message, /minute 2\d$/);
});

Deno.test("LastingAnswers tells of the agents of a new pool as soon as they answer", async () => {
  await using setup = setUp();
  const { clock, put, told, shown } = setup;
  await put(undefined);
  assert.deepEqual(shown().answers.reason, "NothingKnown");
  await put({ ...DOWN, reason: "Starting" });
  await clock.advance(20_000);
  assert.deepEqual(told, []);
  await put(READY);
  assert.deepEqual(told, ["Answered"]);
});

Deno.test("LastingAnswers of a new leader leaves what stands until a trouble that it finds has lasted", async () => {
  await using setup = setUp();
  const { clock, put, told, shown } = setup;
  await put(DOWN);
  assert.equal(shown().isLasting, false);
  await clock.advance(44_999);
  assert.equal(shown().isLasting, false);
  assert.deepEqual(told, []);
  await clock.advance(1);
  assert.equal(shown().isLasting, true);
  assert.deepEqual(told, ["AgentNotReady"]);
});

Deno.test("LastingAnswers tells of a pause of the pool and of its end at once", async () => {
  await using setup = setUp();
  const { clock, put, told } = setup;
  await put(READY);
  await put({ ...DOWN, reason: "Paused" }, { paused: true });
  assert.deepEqual(told, ["PoolPaused"]);
  await put({ ...DOWN, reason: "Paused" });
  assert.deepEqual(told, ["PoolPaused", "NothingKnown for now"]);
  await put({ ...DOWN, reason: "Starting" });
  await clock.advance(30_000);
  await put(READY);
  assert.deepEqual(told, ["PoolPaused", "NothingKnown for now", "Answered"]);
});
