import assert from "node:assert/strict";
import { ippoolSample } from "../../../tests/support/apiserver/samples.ts";
import { parseIPPool } from "../../api/ippool/parse_ippool.ts";
import type { KubeObject, Observed } from "../../api/meta.ts";
import {
  isOtherNetwork,
  poolsAfterAgentObject,
  poolsAfterPod,
  poolsAfterPool,
} from "./agent_keys.ts";

const KEY = "default/ippool-1";

function change<T>(before: KubeObject | undefined, after: KubeObject | undefined) {
  const observed = (object: KubeObject | undefined) =>
    object && { object, parsed: { ok: true, value: object } } as unknown as Observed<T>;
  return { key: KEY, before: observed(before), after: observed(after), isOwnWrite: false };
}

function pool(changes: Parameters<typeof ippoolSample>[0] = {}) {
  const metadata = { uid: "1", generation: 1, finalizers: ["f"], ...changes.metadata };
  return ippoolSample({ ...changes, metadata });
}

const CHANGES: readonly {
  readonly what: string;
  readonly before?: KubeObject;
  readonly after?: KubeObject;
  readonly concerns: boolean;
}[] = [
  { what: "a new pool", after: pool(), concerns: true },
  { what: "a pool that is gone", before: pool(), concerns: true },
  {
    what: "a commit of its record",
    before: pool({ status: { ipv4: { used: 1 } } }),
    after: pool({ status: { ipv4: { used: 2 } }, metadata: { resourceVersion: "2" } }),
    concerns: false,
  },
  {
    what: "an edit of its specification",
    before: pool(),
    after: pool({ metadata: { generation: 2 } }),
    concerns: true,
  },
  {
    what: "an annotation",
    before: pool(),
    after: pool({ metadata: { annotations: { a: "b" } } }),
    concerns: true,
  },
  {
    what: "its finalizer",
    before: pool({ metadata: { finalizers: [] } }),
    after: pool(),
    concerns: true,
  },
  {
    what: "another agent in its status",
    before: pool({ status: { agentPodRef: { name: "a" } } }),
    after: pool({ status: { agentPodRef: { name: "b" } } }),
    concerns: true,
  },
  {
    what: "any change of a pool that goes",
    before: pool({ metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } }),
    after: pool({ metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } }),
    concerns: true,
  },
];

for (const { what, before, after, concerns } of CHANGES) {
  Deno.test(`poolsAfterPool(): ${what} ${concerns ? "concerns its agents" : "is no news to its agents"}`, () => {
    assert.ok([before, after].every((each) => each === undefined || parseIPPool(each).ok));
    assert.deepEqual(poolsAfterPool(change(before, after)), concerns ? [KEY] : []);
  });
}

function labelled(name: string, annotations?: Record<string, string>): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: "agents",
      labels: {
        "network.harvesterhci.io/vm-dhcp-controller": "agent",
        "network.harvesterhci.io/ippool-namespace": "default",
        "network.harvesterhci.io/ippool-name": "ippool-1",
      },
      ...(annotations === undefined ? {} : { annotations }),
    },
  };
}

Deno.test("poolsAfterPod() names the pool of a pod, once for each state, and none for others", () => {
  const pod = labelled("a");
  assert.deepEqual([...new Set(poolsAfterPod(change(pod, pod)))], [KEY]);
  assert.deepEqual(poolsAfterPod(change(pod, undefined)), [KEY]);
  const stranger = { ...pod, metadata: { name: "b", namespace: "agents" } };
  assert.deepEqual(poolsAfterPod(change(undefined, stranger)), []);
});

Deno.test("poolsAfterPod() believes the annotation, where a label has no room for the name", () => {
  const name = `default/${"x".repeat(100)}`;
  const pod = labelled("a", { "network.harvesterhci.io/ippool": name });
  assert.deepEqual(poolsAfterPod(change(undefined, pod)), [name]);
});

Deno.test("poolsAfterAgentObject() names the pools that want the name of an object as well", () => {
  const called = (name: string) => name === "a" ? ["other/pool"] : [];
  const object = labelled("a");
  assert.deepEqual(poolsAfterAgentObject(change(object, undefined), called), [KEY, "other/pool"]);
  const own = { ...change(undefined, object), isOwnWrite: true };
  assert.deepEqual(poolsAfterAgentObject(own, called), []);
});

Deno.test("isOtherNetwork() looks at labels, which say where agents can run, and not at annotations", () => {
  const network = (labels: Record<string, string> | undefined, annotation: string) => ({
    ...labelled("net-48"),
    metadata: { name: "net-48", labels: labels!, annotations: { route: annotation } },
  });
  const mgmt = { "network.harvesterhci.io/clusternetwork": "mgmt" };
  assert.equal(isOtherNetwork(change(network(mgmt, "a"), network(mgmt, "b"))), false);
  assert.equal(isOtherNetwork(change(network(mgmt, "a"), network({}, "a"))), true);
  assert.equal(isOtherNetwork(change(undefined, network(mgmt, "a"))), true);
  assert.equal(isOtherNetwork(change(network(mgmt, "a"), undefined)), true);
});
