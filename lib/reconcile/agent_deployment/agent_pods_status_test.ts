/** What a pool's status says of its agents. */

import assert from "node:assert/strict";
import type { JsonObject } from "../../base/json.ts";
import {
  type AgentSituation,
  agentWorld,
  goPod,
  HELD,
  ownPod,
} from "../../../tests/support/controller/agent_worlds.ts";
import { deployed } from "../../../tests/support/controller/stored_agents.ts";
import { planAgents } from "./agent_plan.ts";

const REPLICAS = "network.harvesterhci.io/agent-replicas";
const GOING = { deletionTimestamp: "2026-01-01T00:00:00Z" };
const NOT_READY = { conditions: [{ type: "Ready", status: "False" }] };

/** What is stored when no pod can be made, in the words of the API server. */
function refused(message: string) {
  const stored = deployed();
  const status = { conditions: [{ type: "ReplicaFailure", status: "True", message }] };
  return { ...stored, deployment: { ...stored.deployment!, status } };
}

const STATUSES: readonly {
  name: string;
  situation: AgentSituation;
  ready?: boolean;
  reason: string;
  message: string | RegExp;
}[] = [
  {
    name: "no pods yet",
    situation: { stored: deployed() },
    reason: "Starting",
    message: "agent for ippool default/net-48 has no pod yet",
  },
  {
    name: "no Deployment yet",
    situation: {},
    reason: "NotDeployed",
    message: "agent for ippool default/net-48 is not deployed",
  },
  {
    name: "no image",
    situation: { settings: { image: undefined } },
    reason: "NotDeployed",
    message: "the controller was not told an image for agents (--image); " +
      "agent for ippool default/net-48 is not deployed",
  },
  {
    name: "no network",
    situation: { network: null },
    reason: "NoClusterNetwork",
    message: "could not find clusternetwork for nad default/net-48; create the network; " +
      "agent for ippool default/net-48 is not deployed",
  },
  {
    name: "a network without a cluster network",
    situation: { network: {} },
    reason: "NoClusterNetwork",
    message: /^could not find clusternetwork for nad default\/net-48; give it the label network/,
  },
  {
    name: "both ready",
    situation: { stored: deployed(), pods: [ownPod("a"), ownPod("b")] },
    ready: true,
    reason: "Serving",
    message: "2 agents are ready: a, b",
  },
  {
    name: "both ready on one node, where nobody has placed them on purpose",
    situation: {
      stored: deployed(),
      pods: ["a", "b"].map((name) => ownPod(name, { spec: { nodeName: "node-3" } })),
    },
    ready: true,
    reason: "Serving",
    message: "2 agents are ready: a, b, both on node node-3, and nobody answers while that is down",
  },
  {
    name: "three ready on one node, which are all that are ready",
    situation: {
      pool: { metadata: { annotations: { [REPLICAS]: "4" } } },
      stored: deployed(),
      pods: [
        ...["a", "b", "c"].map((name) => ownPod(name, { spec: { nodeName: "node-3" } })),
        ownPod("d", { spec: { nodeName: "node-4" }, status: NOT_READY }),
      ],
    },
    ready: true,
    reason: "Serving",
    message: /^3 of 4 agents are ready: a, b, c, all on node node-3, and nobody answers while /,
  },
  {
    name: "one ready",
    situation: { stored: deployed(), pods: [ownPod("a"), ownPod("b", { status: NOT_READY })] },
    ready: true,
    reason: "Serving",
    message: /^1 of 2 agents is ready: a; agent pod b not ready: .*/,
  },
  {
    name: "one ready, and others that have ended",
    situation: {
      stored: deployed(),
      pods: [
        ownPod("a"),
        ownPod("b", { status: { phase: "Failed" } }),
        ownPod("c", { metadata: GOING }),
      ],
    },
    ready: true,
    reason: "Serving",
    message: "1 of 2 agents is ready: a",
  },
  {
    name: "the one that there should be",
    situation: {
      pool: { metadata: { annotations: { [REPLICAS]: "1" } } },
      stored: deployed(),
      pods: [ownPod("a")],
    },
    ready: true,
    reason: "Serving",
    message: "1 agent is ready: a",
  },
  {
    name: "ready agents whose network is gone",
    situation: { network: null, stored: deployed(), pods: [ownPod("a"), ownPod("b")] },
    ready: true,
    reason: "Serving",
    message: "2 agents are ready: a, b; could not find clusternetwork for nad default/net-48; " +
      "create the network; its agents stay where they are",
  },
  {
    name: "an invalid number of agents",
    situation: {
      pool: { metadata: { annotations: { [REPLICAS]: "0" } } },
      stored: deployed(),
      pods: [ownPod("a"), ownPod("b")],
    },
    ready: true,
    reason: "Serving",
    message: "2 agents are ready: a, b; annotation network.harvesterhci.io/agent-replicas of the " +
      'pool must be a number from 1 to 5, not "0"; it counts as 2',
  },
  {
    name: "none ready",
    situation: {
      stored: deployed(),
      pods: [
        ownPod("a", { metadata: GOING }),
        ownPod("b", { spec: { nodeName: undefined }, status: { conditions: [] } }),
      ],
    },
    reason: "Starting",
    message: "agent pod b not ready: waits for a node",
  },
  {
    name: "none left but one that goes",
    situation: { stored: deployed(), pods: [ownPod("a", { metadata: GOING })] },
    reason: "MarkedForDeletion",
    message: "agent pod a marked for deletion",
  },
  {
    name: "an agent of the Go version",
    situation: { stored: deployed(), pods: [goPod()] },
    ready: true,
    reason: "Serving",
    message: "1 of 2 agents is ready: default-net-48-agent",
  },
  {
    name: "an agent of the Go version that is frozen",
    situation: {
      pool: { metadata: { annotations: HELD } },
      pods: [goPod({ status: NOT_READY })],
    },
    reason: "NotReady",
    message: /agent pod default-net-48-agent stays while its upgrade is held$/,
  },
  {
    name: "pods that are refused",
    situation: { stored: refused("pods is forbidden: exceeded quota") },
    reason: "PodRefused",
    message: "agent for ippool default/net-48 cannot have a pod: pods is forbidden: exceeded quota",
  },
  {
    name: "one ready, and another that the namespace refuses",
    situation: { stored: refused('violates PodSecurity "baseline:latest"'), pods: [ownPod("a")] },
    ready: true,
    reason: "Serving",
    message:
      '1 of 2 agents is ready: a; another pod is refused: violates PodSecurity "baseline:latest"; ' +
      "label the namespace of the agents pod-security.kubernetes.io/enforce=privileged",
  },
];

for (const { name, situation, ready = false, reason, message } of STATUSES) {
  Deno.test(`planAgents() says how the agents are: ${name}`, () => {
    const { status } = planAgents(agentWorld(situation));
    assert.deepEqual([status.ready, status.reason], [ready, reason]);
    if (typeof message === "string") assert.equal(status.message, message);
    else assert.match(status.message, message);
  });
}

/** The second is younger, the third not ready. */
const THREE_PODS = [
  ownPod("c", { status: NOT_READY }),
  ownPod("b", { metadata: { creationTimestamp: "2026-01-02T00:00:00Z" } }),
  ownPod("a"),
];

const REFERENCES: readonly {
  name: string;
  current?: string;
  pods: readonly JsonObject[];
  want: string | null;
}[] = [
  { name: "none without pods", current: "uid-a", pods: [], want: null },
  { name: "the one it was, while it is ready", current: "uid-b", pods: THREE_PODS, want: "b" },
  { name: "another that is ready", current: "uid-c", pods: THREE_PODS, want: "a" },
  { name: "the oldest that is ready", pods: THREE_PODS, want: "a" },
  {
    name: "the one it was, while none is ready",
    current: "uid-b",
    pods: [ownPod("a", { status: NOT_READY }), ownPod("b", { status: NOT_READY })],
    want: "b",
  },
  {
    name: "a living one rather than the one it was, which goes",
    current: "uid-b",
    pods: [ownPod("a", { status: NOT_READY }), ownPod("b", { metadata: GOING })],
    want: "a",
  },
  {
    name: "the last one, which goes",
    current: "uid-b",
    pods: [ownPod("b", { metadata: GOING })],
    want: "b",
  },
  { name: "an agent of the Go version", pods: [goPod()], want: "default-net-48-agent" },
];

for (const { name, current, pods, want } of REFERENCES) {
  Deno.test(`planAgents() names one agent: ${name}`, () => {
    const status = current === undefined ? {} : { agentPodRef: { uid: current } };
    const world = agentWorld({ pool: { status }, stored: deployed(), pods });
    const { podRef } = planAgents(world).status;
    assert.equal(podRef && podRef.name, want);
    if (want === "b") {
      assert.deepEqual(podRef, {
        namespace: "harvester-system",
        name: "b",
        image: "registry/vm-dhcp:v1",
        uid: "uid-b",
      });
    }
  });
}
