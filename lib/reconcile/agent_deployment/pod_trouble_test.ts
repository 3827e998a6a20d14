import assert from "node:assert/strict";
import type { JsonObject } from "../../base/json.ts";
import { ownPod, readPod } from "../../../tests/support/controller/agent_worlds.ts";
import { type PodTrouble, podTroubleOf } from "./pod_trouble.ts";

const SURROUNDINGS = { network: "default/net-48", warning: undefined, unready: undefined };

interface Case extends PodTrouble {
  readonly name: string;
  readonly metadata?: JsonObject;
  readonly spec?: JsonObject;
  readonly status: JsonObject;
  readonly warning?: string;
  readonly unready?: string;
}

/** A pod with a node, whose agent does this. */
function agentIs(state: JsonObject, rest: JsonObject = {}): JsonObject {
  return {
    phase: "Pending",
    conditions: [{ type: "Ready", status: "False" }, { type: "ContainersReady", status: "False" }],
    containerStatuses: [{ name: "agent", ready: false, started: false, state, ...rest }],
  };
}

const CREATING = { waiting: { reason: "ContainerCreating" } };
const CRASHED = { terminated: { exitCode: 1, reason: "Error", message: "" } };
const LOG = [
  '{"ts":"2026-01-01T00:00:00.000Z","level":"info","msg":"agent started"}',
  '{"ts":"2026-01-01T00:00:01.000Z","level":"error","msg":"cannot listen","error":"port in use"}',
  "",
].join("\n");

const CASES: readonly Case[] = [
  {
    name: "the scheduler has not looked at",
    spec: { nodeName: undefined },
    status: { phase: "Pending", conditions: [], containerStatuses: [] },
    reason: "Starting",
    message: "waits for a node",
  },
  {
    name: "no node can run",
    spec: { nodeName: undefined },
    status: {
      phase: "Pending",
      conditions: [{
        type: "PodScheduled",
        status: "False",
        reason: "Unschedulable",
        message: "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.",
      }],
      containerStatuses: [],
    },
    reason: "Unschedulable",
    message: "no node can run it: 0/3 nodes are available: 3 node(s) didn't match Pod's node " +
      "affinity/selector.",
  },
  {
    name: "somebody holds back",
    spec: { nodeName: undefined },
    status: {
      conditions: [{ type: "PodScheduled", status: "False", reason: "SchedulingGated" }],
      containerStatuses: [],
    },
    reason: "Unschedulable",
    message: "no node can run it: SchedulingGated",
  },
  {
    name: "a node has just got",
    status: { phase: "Pending", conditions: [], containerStatuses: [] },
    reason: "Starting",
    message: "starts on node node-1",
  },
  {
    name: "is not attached yet",
    status: agentIs(CREATING),
    reason: "PodNotSetUp",
    message: "node node-1 has not attached it to default/net-48 yet: if that lasts, " +
      "kubectl describe pod agent-1 says why",
  },
  {
    name: "is attached, and waits for its image",
    status: {
      ...agentIs(CREATING),
      conditions: [{ type: "PodReadyToStartContainers", status: "True" }],
    },
    reason: "Starting",
    message: "node node-1 is about to start it",
  },
  {
    name: "Multus cannot attach",
    status: agentIs(CREATING),
    warning: 'failed to find plugin "bridge"\nin path',
    reason: "PodNotSetUp",
    message:
      'node node-1 has not attached it to default/net-48 yet: failed to find plugin "bridge" in path',
  },
  {
    name: "has no image",
    status: agentIs({ waiting: { reason: "ImagePullBackOff", message: "Back-off pulling x:1" } }),
    reason: "ImagePullFailed",
    message: "has no image: ImagePullBackOff: Back-off pulling x:1",
  },
  {
    name: "cannot be started",
    status: agentIs({ waiting: { reason: "CreateContainerConfigError", message: "no such key" } }),
    reason: "ContainerFailed",
    message: "cannot be started: CreateContainerConfigError: no such key",
  },
  {
    name: "crashes",
    status: agentIs({ waiting: { reason: "CrashLoopBackOff", message: "back-off 10s" } }, {
      lastState: { terminated: { exitCode: 1, reason: "Error", message: LOG } },
    }),
    reason: "ContainerCrashing",
    message: "ended with status 1: cannot listen: port in use",
  },
  {
    name: "crashes with words of another program",
    status: agentIs({ terminated: { exitCode: 127, message: "first\nvm-dhcp: not found" } }),
    reason: "ContainerCrashing",
    message: "ended with status 127: vm-dhcp: not found",
  },
  {
    name: "crashes without a word",
    status: agentIs(CRASHED),
    reason: "ContainerCrashing",
    message: "ended with status 1",
  },
  {
    name: "has used up its memory",
    status: agentIs({ terminated: { exitCode: 137, reason: "OOMKilled" } }),
    reason: "ContainerCrashing",
    message: "was killed: it had used up its memory (resources.limits.memory)",
  },
  {
    name: "runs again after a crash",
    status: agentIs({ running: {} }, { lastState: CRASHED }),
    reason: "ContainerCrashing",
    message: "runs again, after it ended with status 1",
  },
  {
    name: "has a sidecar that crashes",
    status: {
      ...agentIs({ running: {} }, { ready: true, started: true }),
      initContainerStatuses: [
        { name: "init", ready: true, state: { terminated: { exitCode: 0 } } },
        { name: "proxy", ready: false, state: { terminated: { exitCode: 2 } } },
      ],
    },
    reason: "ContainerCrashing",
    message: "container proxy ended with status 2",
  },
  {
    name: "is starting",
    status: agentIs({ running: {} }),
    reason: "Starting",
    message: "runs on node node-1, but is still starting",
  },
  {
    name: "is not ready to serve",
    status: agentIs({ running: {} }, { started: true }),
    reason: "NotReady",
    message: "runs on node node-1, but is not ready to serve; kubectl logs agent-1 says why",
  },
  {
    name: "says why it is not ready to serve",
    status: agentIs({ running: {} }, { started: true }),
    unready: "interface eth1 is down; it is served once it is up",
    reason: "NotReady",
    message: "runs on node node-1, but is not ready to serve: interface eth1 is down; it is " +
      "served once it is up",
  },
  {
    name: "said so before it started again",
    status: agentIs({ running: {} }),
    unready: "interface eth1 is down",
    reason: "Starting",
    message: "runs on node node-1, but is still starting",
  },
  {
    name: "is on a node that does not answer",
    status: {
      ...agentIs({ running: {} }, { ready: true, started: true }),
      conditions: [
        { type: "Ready", status: "False" },
        { type: "ContainersReady", status: "True" },
      ],
    },
    reason: "NodeLost",
    message: "was ready, but its node node-1 does not answer",
  },
  {
    name: "was taken from a node that is gone",
    metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" },
    status: {
      conditions: [{
        type: "DisruptionTarget",
        status: "True",
        reason: "DeletionByTaintManager",
        message: "Taint manager: deleting due to NoExecute taint",
      }],
    },
    reason: "MarkedForDeletion",
    message: "marked for deletion (Taint manager: deleting due to NoExecute taint)",
  },
  {
    name: "is being deleted",
    metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" },
    status: {},
    reason: "MarkedForDeletion",
    message: "marked for deletion",
  },
  {
    name: "was evicted",
    status: {
      phase: "Failed",
      reason: "Evicted",
      message: "The node was low on resource: memory.",
    },
    reason: "PodFailed",
    message: "has ended: Evicted: The node was low on resource: memory.",
  },
  {
    name: "has ended without a word",
    status: { phase: "Succeeded" },
    reason: "PodFailed",
    message: "has ended",
  },
];

for (const { name, metadata = {}, spec = {}, status, warning, unready, ...want } of CASES) {
  Deno.test(`podTroubleOf() a pod that ${name}`, () => {
    const pod = readPod(
      ownPod("agent-1", { metadata, spec: { nodeName: "node-1", ...spec }, status }),
    );
    assert.deepEqual(podTroubleOf(pod, { ...SURROUNDINGS, warning, unready }), want);
  });
}

Deno.test("podTroubleOf() keeps the end of a long warning, without the IDs of sandboxes", () => {
  const warning = `FailedCreatePodSandBox: failed to set up sandbox "${"0a".repeat(32)}": ` +
    `${"plugin ".repeat(80)}: cannot find a network-attachment-definition (net-48)`;
  const pod = readPod(ownPod("agent-1", { status: agentIs(CREATING) }));
  const { message } = podTroubleOf(pod, { ...SURROUNDINGS, warning });
  assert.match(message, /yet: FailedCreatePodSandBox: failed to set up sandbox: plugin .* \.\.\. /);
  assert.match(message, /cannot find a network-attachment-definition \(net-48\)$/);
  assert.ok(message.length < 500);
});

Deno.test("podTroubleOf() repeats no more of what others say than fits a condition", () => {
  const message = "x".repeat(10_000);
  const waiting = { waiting: { reason: "ErrImagePull", message } };
  const pod = readPod(ownPod("agent-1", { status: agentIs(waiting) }));
  assert.ok(podTroubleOf(pod, SURROUNDINGS).message.length < 500);
});
