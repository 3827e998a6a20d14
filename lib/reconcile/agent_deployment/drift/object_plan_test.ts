/** What of an object is mended, and what is left alone. */

import assert from "node:assert/strict";
import type { JsonObject } from "../../../base/json.ts";
import {
  DEPLOYMENTS,
  POD_DISRUPTION_BUDGETS,
  ROLE_BINDINGS,
  ROLES,
  SERVICE_ACCOUNTS,
} from "../../../api/resources.ts";
import { SETTINGS } from "../../../../tests/support/controller/agent_worlds.ts";
import {
  ADDITIONS,
  container,
  DeploymentCluster,
  type Editable,
  EDITS,
  REWRITES,
  settled,
  wished,
} from "../../../../tests/support/controller/deployment_edits.ts";
import { STORED_DEPLOYMENT } from "../../../../tests/support/controller/stored_agents.ts";
import {
  ASKED_ANNOTATION,
  planObject,
  REWRITTEN_ANNOTATION,
  rewrittenFieldsOf,
} from "./object_plan.ts";

Deno.test("planObject() leaves a Deployment alone as a real API server stored it", () => {
  const { annotations = {} } = settled().stored!.metadata;
  const metadata = { ...STORED_DEPLOYMENT.metadata, annotations };
  const stored = { ...STORED_DEPLOYMENT, metadata };
  assert.equal(planObject(DEPLOYMENTS, wished().deployment, stored), undefined);
});

for (const { name, edit } of EDITS) {
  Deno.test(`planObject() mends what somebody edited: ${name}`, () => {
    const cluster = settled();
    const before = structuredClone(cluster.stored);
    cluster.edit(edit);
    cluster.settle();
    assert.ok(cluster.writes > 0 && cluster.writes <= 2, `${cluster.writes} writes`);
    const others = (cluster.pod.containers as JsonObject[]).filter((each) => each.name !== "agent");
    if (others.length === 0) assert.deepEqual(cluster.stored, before);
    else assert.deepEqual(cluster.container.image, "registry/vm-dhcp:v1");
    cluster.writes = 0;
    // The same again: it was not taken for what the cluster makes of it.
    cluster.edit(edit);
    cluster.settle();
    assert.ok(cluster.writes > 0);
  });
}

for (const { name, edit } of ADDITIONS) {
  Deno.test(`planObject() leaves alone what others added: ${name}`, () => {
    const cluster = settled();
    cluster.edit(edit);
    const added = structuredClone(cluster.stored);
    cluster.settle();
    assert.equal(cluster.writes, 0);
    // It also survives the repair of something else, and another number of replicas.
    cluster.edit(({ spec }) => (container(spec).image = "other:1"));
    cluster.settle();
    assert.deepEqual(cluster.stored, added);
    cluster.settle(wished({ replicas: 3 }).deployment);
    cluster.settle();
    assert.deepEqual(cluster.stored, added);
  });
}

for (const { name, admit, fields } of REWRITES) {
  Deno.test(`planObject() does not fight with a cluster that rewrites ${name}`, () => {
    const cluster = new DeploymentCluster((object) => {
      admit(object);
      return object;
    });
    cluster.settle();
    assert.equal(cluster.writes, 2);
    assert.deepEqual(rewrittenFieldsOf(cluster.stored!), fields);
    cluster.writes = 0;
    cluster.edit(({ spec }) => (spec.revisionHistoryLimit = 9));
    cluster.settle();
    assert.equal((cluster.stored!.spec as JsonObject).revisionHistoryLimit, 2);
    assert.deepEqual(rewrittenFieldsOf(cluster.stored!), fields);
    cluster.writes = 0;
    cluster.settle(wished({ image: "registry/vm-dhcp:v2" }).deployment);
    assert.equal(cluster.writes, 1);
    assert.match(String(cluster.container.image), /vm-dhcp:v2$/);
  });
}

Deno.test("planObject() no longer holds a field back when the cluster stops rewriting it", () => {
  let isRewriting = true;
  const cluster = settled((object: Editable) => {
    if (isRewriting) container(object.spec).image = "mirror:1";
    return object;
  });
  isRewriting = false;
  cluster.settle(wished({ image: "registry/vm-dhcp:v2" }).deployment);
  assert.equal(cluster.stored!.metadata.annotations?.[REWRITTEN_ANNOTATION], undefined);
  cluster.edit(({ spec }) => (container(spec).image = "mirror:1"));
  cluster.settle(wished({ image: "registry/vm-dhcp:v2" }).deployment);
  assert.equal(cluster.container.image, "registry/vm-dhcp:v2");
});

Deno.test("planObject() takes away what is not wished for any more", () => {
  const template = { spec: { nodeSelector: { a: "b" }, runtimeClassName: "kata" } };
  const cluster = new DeploymentCluster();
  cluster.settle(wished({ settings: { ...SETTINGS, template } }).deployment);
  assert.equal(cluster.pod.runtimeClassName, "kata");
  cluster.settle();
  assert.equal(cluster.pod.runtimeClassName, undefined);
  assert.equal(cluster.pod.nodeSelector, undefined);
  assert.deepEqual(cluster.stored, settled().stored);
});

Deno.test("planObject() restarts no pods when other words ask for the same ones after a restart", () => {
  const cluster = settled();
  cluster.edit(({ metadata, spec }) => {
    metadata.annotations[ASKED_ANNOTATION] = "the-hash-of-another-version 2";
    spec.template.metadata.annotations["kubectl.kubernetes.io/restartedAt"] = "2026-01-01";
  });
  const { template } = cluster.stored!.spec as JsonObject;
  cluster.settle();
  assert.equal(cluster.writes, 1);
  assert.deepEqual((cluster.stored!.spec as JsonObject).template, template);
});

Deno.test("planObject() gives a Deployment whose selector somebody narrowed another image, and no other selector", () => {
  const cluster = settled();
  cluster.edit(({ metadata, spec }) => {
    delete metadata.annotations[ASKED_ANNOTATION];
    spec.selector.matchLabels.app = "dhcp";
    spec.selector.matchExpressions = [{ key: "tier", operator: "Exists" }];
    Object.assign(spec.template.metadata.labels, { app: "dhcp", tier: "a", other: "b" });
  });
  const { selector } = cluster.stored!.spec as JsonObject;
  cluster.settle(wished({ image: "registry/vm-dhcp:v2" }).deployment);
  assert.equal(cluster.container.image, "registry/vm-dhcp:v2");
  const { spec } = cluster.stored as Editable;
  assert.deepEqual(spec.selector, selector);
  const { app, tier, other } = spec.template.metadata.labels;
  assert.deepEqual([app, tier, other], ["dhcp", "a", undefined]);
});

Deno.test("planObject() does nothing about an object that is about to go", () => {
  const { stored } = settled();
  const metadata = { ...stored!.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" };
  const wish = wished({ replicas: 4 }).deployment;
  assert.equal(planObject(DEPLOYMENTS, wish, { ...stored!, metadata }), undefined);
});

Deno.test("planObject() makes anew what cannot be changed", () => {
  const cluster = settled();
  cluster.edit(({ spec }) => (spec.selector.matchLabels = { app: "other" }));
  assert.equal(planObject(DEPLOYMENTS, wished().deployment, cluster.stored)?.do, "delete");
  const binding = wished().roleBinding;
  const other = { ...binding, roleRef: { ...binding.roleRef as object, name: "cluster-admin" } };
  assert.equal(planObject(ROLE_BINDINGS, binding, other)?.do, "delete");
});

const WIDER: readonly { name: string; type: typeof ROLES; edit: (object: Editable) => void }[] = [
  { name: "a verb more", type: ROLES, edit: ({ rules }) => rules[0].verbs.push("update") },
  {
    name: "a rule more",
    type: ROLES,
    edit: ({ rules }) => rules.push({ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }),
  },
  { name: "all pools", type: ROLES, edit: ({ rules }) => delete rules[0].resourceNames },
  {
    name: "a subject more",
    type: ROLE_BINDINGS,
    edit: ({ subjects }) => subjects.push({ kind: "User", name: "mallory" }),
  },
  {
    name: "the token in all pods",
    type: SERVICE_ACCOUNTS,
    edit: (object) => (object.automountServiceAccountToken = true),
  },
  {
    name: "a budget of another form",
    type: POD_DISRUPTION_BUDGETS,
    edit: ({ spec }) => (delete spec.maxUnavailable, spec.minAvailable = 2),
  },
];

for (const { name, type, edit } of WIDER) {
  Deno.test(`planObject() mends a ${type.kind}: ${name}`, () => {
    const wish = Object.values(wished()).find(({ kind }) => kind === type.kind)!;
    const created = planObject(type, wish, undefined);
    assert.ok(created?.do === "create");
    const edited = structuredClone(created.object);
    edit(edited);
    const mended = planObject(type, wish, edited);
    assert.ok(mended?.do === "replace");
    const noted = planObject(type, wish, mended.object);
    assert.ok(noted?.do === "replace");
    assert.deepEqual(noted.object, created.object);
    assert.equal(planObject(type, wish, noted.object), undefined);
  });
}
