/** What of an object is mended, and what is left alone. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { type JsonObject, objectAt } from "../../../base/json.ts";
import type { KubeObject } from "../../../api/meta.ts";
import {
  DEPLOYMENTS,
  POD_DISRUPTION_BUDGETS,
  ROLE_BINDINGS,
  ROLES,
  SERVICE_ACCOUNTS,
} from "../../../api/resources.ts";
import { POOL, SETTINGS } from "../../../../tests/support/controller/agent_worlds.ts";
import { asStored, STORED_DEPLOYMENT } from "../../../../tests/support/controller/stored_agents.ts";
import { type AgentWish, wishedObjectsOf } from "../wish/agent_objects.ts";
import { planObject, REWRITTEN_ANNOTATION, rewrittenFieldsOf } from "./object_plan.ts";

const WISH: AgentWish = {
  pool: POOL,
  network: POOL,
  clusterNetwork: "vlan",
  image: "registry/vm-dhcp:v1",
  replicas: 2,
  settings: SETTINGS,
};

function wished(changes: Partial<AgentWish> = {}): Required<ReturnType<typeof wishedObjectsOf>> {
  return wishedObjectsOf({ ...WISH, ...changes }) as Required<ReturnType<typeof wishedObjectsOf>>;
}

/** What a cluster makes of an object that is written to it. */
type Admission = (object: KubeObject) => KubeObject;

/** A cluster with one Deployment. */
class Cluster {
  stored: KubeObject | undefined;
  writes = 0;

  constructor(readonly admit: Admission = (object) => object) {}

  /** Plans and writes until there is nothing to write. */
  settle(wish = wished().deployment): void {
    for (let round = 0; round < 10; round++) {
      const step = planObject(DEPLOYMENTS, wish, this.stored);
      if (step === undefined) return;
      assert.ok(step.do === "create" || step.do === "replace");
      this.stored = asStored(this.admit(JSON.parse(JSON.stringify(step.object)) as KubeObject));
      this.writes++;
    }
    assert.fail(`does not come to rest: ${JSON.stringify(this.stored?.metadata.annotations)}`);
  }

  /** Somebody changes what is stored. */
  edit(change: (object: Editable) => void): void {
    const object = structuredClone(this.stored) as unknown as Editable;
    change(object);
    this.stored = asStored(object as unknown as KubeObject);
  }

  get pod(): JsonObject {
    return objectAt(objectAt(this.stored?.spec, "template"), "spec");
  }

  get container(): JsonObject {
    return (this.pod.containers as JsonObject[]).find(({ name }) => name === "agent")!;
  }
}

// deno-lint-ignore no-explicit-any
type Editable = any;

function settled(admit?: Admission): Cluster {
  const cluster = new Cluster(admit);
  cluster.settle();
  cluster.writes = 0;
  return cluster;
}

Deno.test("planObject() leaves a Deployment alone as a real API server stored it", () => {
  const { annotations = {} } = settled().stored!.metadata;
  const metadata = { ...STORED_DEPLOYMENT.metadata, annotations };
  const stored = { ...STORED_DEPLOYMENT, metadata };
  assert.equal(planObject(DEPLOYMENTS, wished().deployment, stored), undefined);
});

const EDITS: readonly { name: string; edit: (object: Editable) => void }[] = [
  { name: "replicas", edit: ({ spec }) => (spec.replicas = 5) },
  { name: "the image", edit: ({ spec }) => (container(spec).image = "other:1") },
  { name: "an argument", edit: ({ spec }) => (container(spec).args[2] = "default/other") },
  { name: "an argument more", edit: ({ spec }) => container(spec).args.push("--dry-run") },
  { name: "no command", edit: ({ spec }) => delete container(spec).command },
  { name: "a variable", edit: ({ spec }) => (container(spec).env[2].value = "8") },
  {
    name: "a variable of another form",
    edit: ({ spec }) => (container(spec).env[0] = { name: "POD_IP", value: "10.0.0.1" }),
  },
  { name: "no variables", edit: ({ spec }) => delete container(spec).env },
  {
    name: "no agent",
    edit: ({ spec }) => (spec.template.spec.containers = [{ name: "x", image: "x:1" }]),
  },
  {
    name: "another probe",
    edit: ({ spec }) => (container(spec).readinessProbe = { exec: { command: ["true"] } }),
  },
  {
    name: "no security",
    edit: ({ spec }) => (container(spec).securityContext = { privileged: true }),
  },
  { name: "the limit", edit: ({ spec }) => (container(spec).resources.limits.memory = "9Mi") },
  {
    name: "another volume",
    edit: (
      { spec },
    ) => (spec.template.spec.volumes[0] = { name: "snapshot", hostPath: { path: "/" } }),
  },
  {
    name: "the network",
    edit: (
      { spec },
    ) => (spec.template.metadata.annotations["k8s.v1.cni.cncf.io/networks"] = "other"),
  },
  { name: "no affinity", edit: ({ spec }) => delete spec.template.spec.affinity },
  { name: "a toleration more", edit: ({ spec }) => spec.template.spec.tolerations.push({}) },
  { name: "the account", edit: ({ spec }) => (spec.template.spec.serviceAccountName = "admin") },
  { name: "the host's network", edit: ({ spec }) => (spec.template.spec.hostNetwork = true) },
  { name: "a paused rollout", edit: ({ spec }) => (spec.paused = true) },
  { name: "the strategy", edit: ({ spec }) => (spec.strategy = { type: "Recreate" }) },
  {
    name: "a label",
    edit: ({ metadata }) => delete metadata.labels["network.harvesterhci.io/ippool-name"],
  },
  {
    name: "the annotation of the pool",
    edit: ({ metadata }) => delete metadata.annotations["network.harvesterhci.io/ippool"],
  },
];

function container(spec: Editable): Editable {
  return spec.template.spec.containers.find(({ name }: JsonObject) => name === "agent");
}

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

const ADDITIONS: readonly { name: string; edit: (object: Editable) => void }[] = [
  {
    name: "a sidecar with its volume",
    edit({ spec }) {
      spec.template.spec.containers.unshift({ name: "proxy", image: "proxy:1" });
      spec.template.spec.volumes.unshift({ name: "certs", emptyDir: {} });
    },
  },
  {
    name: "an init container",
    edit: ({ spec }) => (spec.template.spec.initContainers = [{ name: "init", image: "init:1" }]),
  },
  {
    name: "a variable and a mount of the agent",
    edit({ spec }) {
      container(spec).env.push({ name: "HTTPS_PROXY", value: "http://proxy" });
      container(spec).volumeMounts.push({ name: "certs", mountPath: "/certs" });
    },
  },
  {
    name: "labels and annotations",
    edit({ metadata, spec }) {
      metadata.labels.team = "a";
      metadata.annotations["deployment.kubernetes.io/revision"] = "7";
      spec.template.metadata.annotations["kubectl.kubernetes.io/restartedAt"] = "now";
    },
  },
  { name: "a field that is not ours", edit: ({ spec }) => (spec.minReadySeconds = 5) },
  { name: "a status", edit: (object) => (object.status = { readyReplicas: 2 }) },
];

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

const REWRITES: readonly { name: string; admit: (object: Editable) => void; fields: string[] }[] = [
  {
    name: "the image",
    admit: ({ spec }) => (container(spec).image = container(spec).image.replace(/^/, "mirror/")),
    fields: ["spec.template.spec.containers[agent].image"],
  },
  {
    name: "more replicas",
    admit: ({ spec }) => (spec.replicas = Math.max(3, spec.replicas)),
    fields: ["spec.replicas"],
  },
  {
    name: "an unknown field",
    admit: ({ spec }) => delete container(spec).securityContext.seccompProfile,
    fields: ["spec.template.spec.containers[agent].securityContext"],
  },
];

for (const { name, admit, fields } of REWRITES) {
  Deno.test(`planObject() does not fight with a cluster that rewrites ${name}`, () => {
    const cluster = new Cluster((object) => {
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
  const cluster = new Cluster();
  cluster.settle(wished({ settings: { ...SETTINGS, template } }).deployment);
  assert.equal(cluster.pod.runtimeClassName, "kata");
  cluster.settle();
  assert.equal(cluster.pod.runtimeClassName, undefined);
  assert.equal(cluster.pod.nodeSelector, undefined);
  assert.deepEqual(cluster.stored, settled().stored);
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

/** What is to be edited may be gone. */
function editIfPossible(cluster: Cluster, edit: (object: Editable) => void): void {
  try {
    cluster.edit(edit);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}

const CHANGES = fc.array(
  fc.oneof(
    fc.constantFrom(...EDITS),
    fc.constantFrom(...ADDITIONS),
    fc.constantFrom("v1", "v2").map((tag) => ({ image: `registry/vm-dhcp:${tag}` })),
    fc.integer({ min: 0, max: 5 }).map((replicas) => ({ replicas })),
  ),
  { maxLength: 12 },
);

Deno.test("planObject() comes to rest whatever happens to a Deployment, with what was asked for last", () => {
  const admissions = fc.subarray(REWRITES.map((_, i) => i));
  fc.assert(fc.property(CHANGES, admissions, fc.boolean(), (changes, rewrites, isEachSettled) => {
    const cluster = new Cluster((object) => {
      for (const i of rewrites) REWRITES[i]!.admit(object);
      return object;
    });
    let wish: Partial<AgentWish> = {};
    for (const change of changes) {
      if (isEachSettled || cluster.stored === undefined) cluster.settle(wished(wish).deployment);
      if ("edit" in change) editIfPossible(cluster, change.edit);
      else wish = { ...wish, ...change };
    }
    cluster.settle(wished(wish).deployment);
    // Whatever was edited is as it was asked for, or as the cluster makes it of that.
    const fresh = new Cluster(cluster.admit);
    fresh.settle(wished(wish).deployment);
    const isRewritten = (field: string) => rewrites.some((i) => REWRITES[i]!.fields[0] === field);
    const { replicas } = fresh.stored!.spec as JsonObject;
    assert.ok(
      (cluster.stored!.spec as JsonObject).replicas === replicas || isRewritten("spec.replicas"),
    );
    assert.deepEqual(cluster.container.args, fresh.container.args);
    assert.equal(cluster.pod.hostNetwork, undefined);
    if (!isRewritten(REWRITES[0]!.fields[0]!)) {
      assert.equal(cluster.container.image, fresh.container.image);
    }
    cluster.writes = 0;
    cluster.settle(wished(wish).deployment);
    assert.equal(cluster.writes, 0);
  }));
});
