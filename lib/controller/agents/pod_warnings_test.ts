import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clocks/fake_clock.ts";
import { RecordingLogger } from "../../../tests/support/metrics/recording_logger.ts";
import type { KubeObject } from "../../api/meta.ts";
import { parsePod, type Pod } from "../../api/workload/pod.ts";
import { type KubeClient, StatusError } from "../../kube/contract.ts";
import { formatInstant } from "../../base/rfc3339.ts";
import { PodWarnings } from "./pod_warnings.ts";

const SIGNAL = new AbortController().signal;
const POOL = "default/net-48";

function event(note: string, time: string): KubeObject {
  const metadata = { name: note, namespace: "agents" };
  return {
    ...{ apiVersion: "events.k8s.io/v1", kind: "Event", metadata, type: "Warning" },
    ...{ reason: "FailedCreatePodSandBox", note, deprecatedLastTimestamp: time },
  };
}

function setUp(answer: () => readonly KubeObject[]) {
  const asked: (string | undefined)[] = [];
  const client: Pick<KubeClient, "list"> = {
    async list(_type, { fieldSelector } = {}) {
      asked.push(fieldSelector);
      return await Promise.resolve({ resourceVersion: "1", continue: "", items: answer() });
    },
  };
  const [clock, log] = [new FakeClock(), new RecordingLogger()];
  const warnings = new PodWarnings({ client, namespace: "agents", clock, log });
  const pod = (phase: string, nodeName = "node-1"): Pod => {
    const parsed = parsePod({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "a", uid: "u", creationTimestamp: formatInstant(clock.nowMs()) },
      spec: { nodeName },
      status: { phase },
    });
    assert.ok(parsed.ok);
    return parsed.value;
  };
  return { warnings, asked, clock, log, pod };
}

Deno.test("PodWarnings gives the last warning about a pod that hangs, and asks now and then", async () => {
  const { warnings, asked, clock, pod } = setUp(() => [
    event("old", "2026-01-01T00:00:00Z"),
    event("no bridge br-48", "2026-01-01T00:00:09Z"),
  ]);
  const hanging = pod("Pending");
  assert.equal(await warnings.ask(POOL, [hanging], SIGNAL), 5000);
  assert.deepEqual(asked, []);
  await clock.advance(6000);
  assert.equal(await warnings.ask(POOL, [hanging], SIGNAL), 15_000);
  assert.deepEqual(asked, ["regarding.uid=u,type=Warning"]);
  assert.deepEqual([...warnings.of(POOL)], [["u", "FailedCreatePodSandBox: no bridge br-48"]]);
  await clock.advance(5000);
  assert.equal(await warnings.ask(POOL, [hanging], SIGNAL), 10_000);
  assert.equal(asked.length, 1);
  await warnings.ask(POOL, [pod("Running")], SIGNAL);
  assert.deepEqual([...warnings.of(POOL)], []);
});

Deno.test("PodWarnings asks nothing about pods that run, or that have no node", async () => {
  const { warnings, asked, clock, pod } = setUp(() => []);
  const pods = [pod("Running"), pod("Pending", ""), pod("Failed")];
  await clock.advance(60_000);
  assert.equal(await warnings.ask(POOL, pods, SIGNAL), undefined);
  assert.deepEqual(asked, []);
});

Deno.test("PodWarnings says once that it may not read Events, and knows nothing then", async () => {
  const { warnings, clock, log, pod } = setUp(() => {
    throw new StatusError(403, "Forbidden", 'cannot list resource "events"');
  });
  const hanging = pod("Pending");
  for (let time = 0; time < 3; time++) {
    await clock.advance(20_000);
    await warnings.ask(POOL, [hanging], SIGNAL);
  }
  assert.deepEqual([...warnings.of(POOL)], []);
  assert.equal(log.lines.length, 1);
});
