import assert from "node:assert/strict";
import type { KubeObject } from "../meta.ts";
import { extractPod, parsePod } from "./pod.ts";

const POD = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: "agent-1",
    namespace: "harvester-system",
    uid: "u1",
    resourceVersion: "5",
    creationTimestamp: "2026-01-01T00:00:00Z",
    labels: { app: "agent" },
    annotations: { "k8s.v1.cni.cncf.io/network-status": "[]" },
    generateName: "agent-",
    ownerReferences: [
      { apiVersion: "apps/v1", kind: "ReplicaSet", name: "agent", uid: "r", controller: true },
    ],
  },
  spec: {
    nodeName: "node-1",
    serviceAccountName: "agent",
    tolerations: [{ operator: "Exists" }],
    containers: [{ name: "agent", image: "x:1", env: [{ name: "A", value: "1" }] }],
  },
  status: {
    phase: "Running",
    podIP: "10.0.0.1",
    qosClass: "Burstable",
    conditions: [{ type: "Ready", status: "False", reason: "ContainersNotReady", message: "no" }],
    initContainerStatuses: [
      { name: "init", ready: true, state: { terminated: { exitCode: 0, reason: "Completed" } } },
    ],
    containerStatuses: [{
      name: "agent",
      ready: false,
      started: false,
      state: { waiting: { reason: "CrashLoopBackOff", message: "back-off" } },
      lastState: { terminated: { exitCode: 1, reason: "Error", message: "no such interface" } },
    }],
  },
};

Deno.test("parsePod() reads where a pod runs and how it is", () => {
  const parsed = parsePod(POD);
  assert.ok(parsed.ok);
  const { metadata, ...rest } = parsed.value;
  assert.equal(metadata.uid, "u1");
  assert.deepEqual(rest, {
    nodeName: "node-1",
    serviceAccountName: "agent",
    images: new Map([["agent", "x:1"]]),
    phase: "Running",
    reason: "",
    message: "",
    podIP: "10.0.0.1",
    conditions: [
      { type: "Ready", status: "False", reason: "ContainersNotReady", message: "no" },
    ],
    containers: [
      {
        name: "init",
        ready: true,
        started: false,
        is: "terminated",
        reason: "Completed",
        message: "",
        ended: { exitCode: 0, reason: "Completed", message: "" },
      },
      {
        name: "agent",
        ready: false,
        started: false,
        is: "waiting",
        reason: "CrashLoopBackOff",
        message: "back-off",
        ended: { exitCode: 1, reason: "Error", message: "no such interface" },
      },
    ],
  });
});

Deno.test("parsePod() reads the same from what extractPod() keeps", () => {
  const extract = extractPod(POD as KubeObject);
  assert.deepEqual(JSON.parse(JSON.stringify(extract)), extract);
  assert.ok(JSON.stringify(extract).length < JSON.stringify(POD).length);
  const [ofExtract, ofWhole] = [extract, POD].map((pod) => {
    const parsed = parsePod(pod);
    assert.ok(parsed.ok);
    return parsed.value;
  });
  const { generateName: _, ...metadata } = ofWhole!.metadata;
  assert.deepEqual(ofExtract, { ...ofWhole, metadata });
});

const ODD: readonly { name: string; spec?: unknown; status?: unknown }[] = [
  { name: "nothing" },
  { name: "null", spec: null, status: null },
  { name: "lists", spec: [], status: [] },
  { name: "texts", spec: "x", status: "y" },
  {
    name: "fields of other types",
    spec: { nodeName: 1, containers: { agent: true } },
    status: { phase: {}, conditions: "Ready", containerStatuses: [null, 1, { state: [] }] },
  },
  {
    name: "conditions and states of other types",
    spec: { containers: [null, { name: 1 }] },
    status: {
      conditions: [null, { type: 1, status: true }],
      containerStatuses: [{ name: "agent", state: { waiting: "x" }, lastState: { terminated: 1 } }],
    },
  },
];

for (const { name, spec, status } of ODD) {
  Deno.test(`parsePod() refuses no pod for what is in it: ${name}`, () => {
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "a" }, spec, status };
    for (const raw of [pod, extractPod(pod as KubeObject)]) {
      const parsed = parsePod(raw);
      assert.ok(parsed.ok);
      assert.equal(parsed.value.nodeName, "");
      assert.ok(parsed.value.containers.every(({ is }) => is === "unknown"));
    }
  });
}

Deno.test("parsePod() refuses what has no name", () => {
  for (const raw of [undefined, null, 1, "x", [], {}, { apiVersion: "v1", kind: "Pod" }]) {
    assert.equal(parsePod(raw).ok, false);
  }
});
