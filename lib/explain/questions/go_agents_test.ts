import { deepEqual, match } from "node:assert/strict";
import { parsePod } from "../../api/workload/pod.ts";
import type { JsonObject } from "../../base/json.ts";
import { EMPTY_WORLD } from "../../../tests/support/explain/empty_world.ts";
import { ippoolSample } from "../../../tests/support/apiserver/samples.ts";
import { parseIPPool } from "../../api/ippool/parse_ippool.ts";
import type { World } from "../contract.ts";
import { findGoAgents } from "./go_agents.ts";

function pod(changes: JsonObject = {}) {
  const object = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      namespace: "harvester-system",
      name: "default-ippool-1-agent",
      labels: {
        "network.harvesterhci.io/vm-dhcp-controller": "agent",
        "network.harvesterhci.io/ippool-namespace": "default",
        "network.harvesterhci.io/ippool-name": "ippool-1",
      },
      ...changes,
    },
    status: { phase: "Running" },
  };
  return { object, parsed: parsePod(object) };
}

const SET = {
  apiVersion: "apps/v1",
  kind: "ReplicaSet",
  name: "default-ippool-1-agent-1",
  uid: "1",
};

function worldOf(
  pool: Parameters<typeof ippoolSample>[0] | undefined,
  ...pods: JsonObject[]
): World {
  const object = ippoolSample(pool);
  return {
    ...EMPTY_WORLD,
    ippools: {
      ok: true,
      value: pool === undefined ? [] : [{ object, parsed: parseIPPool(object) }],
    },
    pods: { ok: true, value: pods.map(pod) },
  };
}

const CASES = [
  {
    name: "a pool that is gone",
    pool: undefined,
    verdict: "failed",
    says: /default\/ippool-1, which is gone$/,
  },
  {
    name: "a paused pool",
    pool: { spec: { paused: true } },
    verdict: "failed",
    says: /which is paused$/,
  },
  {
    name: "a pool whose upgrade is held",
    pool: {
      metadata: { annotations: { "network.harvesterhci.io/hold-ippool-agent-upgrade": "" } },
    },
    verdict: "ok",
    says: /upgrade is held$/,
  },
  { name: "a pool", pool: {}, verdict: "failed", says: /nothing replaces it/ },
];

for (const { name, pool, verdict, says } of CASES) {
  Deno.test(`findGoAgents() names the agent that the Go program has left for ${name}`, () => {
    const [finding, ...others] = findGoAgents(worldOf(pool, {}));
    deepEqual(others, []);
    deepEqual([finding?.about, finding?.verdict], [
      "harvester-system/default-ippool-1-agent",
      verdict,
    ]);
    match(finding!.says, says);
  });
}

Deno.test("findGoAgents() does not speak of agents of Deployments, of other pods and of those that end", () => {
  const world = worldOf(
    {},
    { name: "default-ippool-1-agent-1-x", ownerReferences: [{ ...SET, controller: true }] },
    { name: "other" },
    { labels: {} },
    { deletionTimestamp: "2026-01-01T00:00:00Z" },
  );
  deepEqual(findGoAgents(world), []);
});

Deno.test("findGoAgents() says what it may not read", () => {
  const why = "cannot list pods";
  const [finding] = findGoAgents({ ...worldOf({}), pods: { ok: false, why } });
  deepEqual([finding?.verdict, finding?.says], ["unknown", why]);
});
