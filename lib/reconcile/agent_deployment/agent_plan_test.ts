/** What is made, changed and taken away in one situation after another. */

import assert from "node:assert/strict";
import type { KubeObject } from "../../api/meta.ts";
import {
  afterSteps,
  type AgentSituation,
  agentWorld,
  goPod,
  HELD,
  ownPod,
} from "../../../tests/support/controller/agent_worlds.ts";
import { asStored, deployed } from "../../../tests/support/controller/stored_agents.ts";
import { planAgents } from "./agent_plan.ts";
import type { AgentStep } from "./agent_world.ts";

const GOING = { deletionTimestamp: "2026-01-01T00:00:00Z" };
const FINALIZER = "wrangler.cattle.io/vm-dhcp-ippool-controller";
const NOT_READY = { conditions: [{ type: "Ready", status: "False" }] };

function describe(steps: readonly AgentStep[]): readonly string[] {
  return steps.map(({ do: what, type, object }) => `${what} ${type.kind} ${object.metadata.name}`);
}

const SECRET: KubeObject = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: {
    name: "default-net-48-agent-report",
    namespace: "harvester-system",
    annotations: { "network.harvesterhci.io/ippool": "default/net-48" },
  },
};

const STEPS: readonly {
  name: string;
  situation: AgentSituation;
  want: readonly string[];
  /** What is planned after that. */
  later?: readonly string[];
}[] = [
  {
    name: "a new pool",
    situation: {},
    want: ["ServiceAccount", "Role", "RoleBinding", "PodDisruptionBudget", "Deployment"]
      .map((kind) => `create ${kind} default-net-48-agent`),
  },
  {
    name: "a new pool under an account of the operator",
    situation: { settings: { serviceAccountName: "agents" } },
    want: ["PodDisruptionBudget", "Deployment"]
      .map((kind) => `create ${kind} default-net-48-agent`),
  },
  { name: "a pool with its agents", situation: { stored: deployed() }, want: [] },
  {
    name: "a pool that is paused before it had agents",
    situation: { pool: { spec: { paused: true } } },
    want: [],
  },
  {
    name: "a pool that is paused",
    situation: { pool: { spec: { paused: true } }, stored: deployed() },
    want: ["replace Deployment default-net-48-agent"],
  },
  {
    name: "a paused pool with an agent of the Go version",
    situation: { pool: { spec: { paused: true } }, pods: [goPod()] },
    want: ["delete Pod default-net-48-agent"],
  },
  { name: "no network", situation: { network: null }, want: [] },
  { name: "a network without a cluster network", situation: { network: {} }, want: [] },
  {
    name: "a network that went after the agents were made",
    situation: { network: null, stored: deployed() },
    want: [],
  },
  {
    name: "a network that names no cluster network any more",
    situation: {
      network: { "network.harvesterhci.io/clusternetwork": "" },
      stored: deployed(),
    },
    want: [],
  },
  {
    name: "a paused pool whose network is gone",
    situation: { pool: { spec: { paused: true } }, network: null, stored: deployed() },
    want: ["replace Deployment default-net-48-agent"],
  },
  {
    name: "a network on another cluster network",
    situation: {
      network: { "network.harvesterhci.io/clusternetwork": "other" },
      stored: deployed(),
    },
    want: ["replace Deployment default-net-48-agent"],
  },
  {
    name: "a pool whose network name cannot be read any more",
    situation: { pool: { spec: { networkName: "a/b/c" } }, network: null, stored: deployed() },
    want: [],
  },
  {
    name: "a pool with a specification that is invalid otherwise",
    situation: { pool: { ipv4Config: { cidr: "nonsense" } }, stored: deployed() },
    want: [],
  },
  { name: "no image", situation: { settings: { image: undefined } }, want: [] },
  {
    name: "no image any more",
    situation: { settings: { image: undefined }, stored: deployed() },
    want: [],
  },
  {
    name: "another image",
    situation: { settings: { image: "registry/vm-dhcp:v2" }, stored: deployed() },
    want: ["replace Deployment default-net-48-agent"],
  },
  {
    name: "another image for a pool whose upgrade is held",
    situation: {
      pool: { metadata: { annotations: HELD } },
      settings: { image: "registry/vm-dhcp:v2" },
      stored: deployed(),
    },
    want: [],
  },
  {
    name: "an agent of the Go version and none that is ready",
    situation: {
      stored: deployed(),
      pods: [goPod(), ownPod("a", { status: NOT_READY }), ownPod("b", { status: NOT_READY })],
    },
    want: [],
  },
  {
    name: "an agent of the Go version and one that is ready",
    situation: {
      stored: deployed(),
      pods: [goPod(), ownPod("a"), ownPod("b", { status: NOT_READY })],
    },
    want: ["delete Pod default-net-48-agent"],
  },
  {
    name: "an agent of the Go version and one that is ready, but about to go",
    situation: { stored: deployed(), pods: [goPod(), ownPod("a", { metadata: GOING })] },
    want: [],
  },
  {
    name: "an agent of the Go version that is going, on a node that is gone",
    situation: { stored: deployed(), pods: [goPod({ metadata: GOING }), ownPod("a")] },
    want: [],
  },
  {
    name: "an agent of the Go version, and a ready one whose Deployment was deleted",
    situation: { stored: { ...deployed(), deployment: undefined }, pods: [goPod(), ownPod("a")] },
    want: ["create Deployment default-net-48-agent"],
    later: ["delete Pod default-net-48-agent"],
  },
  {
    name: "an agent of the Go version that was evicted",
    situation: { stored: deployed(), pods: [goPod({ status: { phase: "Failed" } }), ownPod("a")] },
    want: ["delete Pod default-net-48-agent"],
  },
  {
    name: "an agent of the Go version whose upgrade is held",
    situation: { pool: { metadata: { annotations: HELD } }, pods: [goPod()] },
    want: [],
  },
  {
    name: "a pod of somebody else with the labels of agents",
    situation: {
      stored: deployed(),
      pods: [ownPod("other", { metadata: { ownerReferences: [] } }), ownPod("a")],
    },
    want: [],
  },
  {
    name: "pods that have ended, and none that is ready",
    situation: { stored: deployed(), pods: [ownPod("a", { status: { phase: "Failed" } })] },
    want: [],
  },
  {
    name: "pods that have ended, and one that is ready",
    situation: {
      stored: deployed(),
      pods: [
        ownPod("a", { status: { phase: "Failed" } }),
        ownPod("b", { status: { phase: "Succeeded" } }),
        ownPod("c", { status: { phase: "Failed" }, metadata: GOING }),
        ownPod("d"),
      ],
    },
    want: ["delete Pod a", "delete Pod b"],
  },
  {
    name: "an account of the operator while pods still use their own",
    situation: {
      settings: { serviceAccountName: "agents" },
      stored: deployed(),
      pods: [ownPod("a")],
    },
    want: ["replace Deployment default-net-48-agent"],
  },
  {
    name: "an account of the operator once no pod uses its own any more",
    situation: {
      settings: { serviceAccountName: "agents" },
      stored: {
        ...deployed(),
        ...{ deployment: deployed({ settings: { serviceAccountName: "agents" } }).deployment },
      },
      pods: [ownPod("a", { spec: { serviceAccountName: "agents" } })],
    },
    want: ["RoleBinding", "Role", "ServiceAccount"]
      .map((kind) => `delete ${kind} default-net-48-agent`),
  },
  {
    name: "a pool that is being deleted while VMs hold its addresses",
    situation: {
      pool: { metadata: { ...GOING, finalizers: [FINALIZER] } },
      stored: deployed(),
      pods: [ownPod("a")],
    },
    want: [],
  },
  {
    name: "a pool that is being deleted, without its Deployment",
    situation: {
      pool: { metadata: { ...GOING, finalizers: [FINALIZER] } },
      stored: { ...deployed(), deployment: undefined },
    },
    want: ["create Deployment default-net-48-agent"],
  },
  ...[
    { name: "a pool that is gone", isPoolGone: true },
    {
      name: "a pool that only others keep from going",
      pool: { metadata: { ...GOING, finalizers: ["example.com/other"] } },
    },
  ].map(({ name, ...situation }) => ({
    name,
    situation: {
      ...situation,
      stored: { ...deployed(), reportSecret: SECRET },
      pods: [goPod(), ownPod("a")],
    },
    want: [
      "delete Deployment default-net-48-agent",
      "delete ServiceAccount default-net-48-agent",
      "delete Role default-net-48-agent",
      "delete RoleBinding default-net-48-agent",
      "delete PodDisruptionBudget default-net-48-agent",
      "delete Secret default-net-48-agent-report",
      "delete Pod default-net-48-agent",
    ],
  })),
  { name: "a pool that is gone, and so are its agents", situation: { isPoolGone: true }, want: [] },
];

for (const { name, situation, want, later = [] } of STEPS) {
  Deno.test(`planAgents() for ${name}`, () => {
    const world = agentWorld(situation);
    const { steps } = planAgents(world);
    assert.deepEqual(describe(steps), want);
    const after = afterSteps(world, steps, asStored);
    assert.deepEqual(describe(planAgents(after).steps), later, "planned again");
  });
}

Deno.test("planAgents() leaves alone what another pool has under the same name", () => {
  const other = agentWorld({ pool: { metadata: { namespace: "a-b", name: "c" } } });
  const stored = afterSteps(other, planAgents(other).steps, asStored).stored;
  const world = agentWorld({ pool: { metadata: { namespace: "a", name: "b-c" } }, stored });
  const { steps, status } = planAgents(world);
  assert.deepEqual(describe(steps), []);
  assert.equal(status.reason, "NameTaken");
  assert.match(status.message, /a-b-c-agent is in the way .*: it is for ippool a-b\/c; give one/);
  assert.deepEqual(describe(planAgents({ ...world, ippool: undefined }).steps), []);
});

Deno.test("planAgents() knows what it made by labels or annotation, whichever is left", () => {
  const { deployment } = deployed();
  const { labels, annotations, ...metadata } = deployment!.metadata;
  for (const rest of [{ labels: labels! }, { annotations: annotations! }]) {
    const edited = { ...deployment!, metadata: { ...metadata, ...rest } };
    const world = agentWorld({ stored: { ...deployed(), deployment: edited } });
    assert.deepEqual(describe(planAgents(world).steps), [
      "replace Deployment default-net-48-agent",
    ]);
  }
});
