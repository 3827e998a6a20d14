/** A Deployment of agents, and what people and clusters do to it. */

import assert from "node:assert/strict";
import { type JsonObject, objectAt } from "../../../lib/base/json.ts";
import type { KubeObject } from "../../../lib/api/meta.ts";
import { DEPLOYMENTS } from "../../../lib/api/resources.ts";
import { planObject } from "../../../lib/reconcile/agent_deployment/drift/object_plan.ts";
import {
  type AgentWish,
  wishedObjectsOf,
} from "../../../lib/reconcile/agent_deployment/wish/agent_objects.ts";
import { POOL, SETTINGS } from "./agent_worlds.ts";
import { asStored } from "./stored_agents.ts";

/** For the pool `default/net-48`. */
const WISH: AgentWish = {
  pool: POOL,
  network: POOL,
  clusterNetwork: "vlan",
  image: "registry/vm-dhcp:v1",
  replicas: 2,
  settings: SETTINGS,
};

/** What is asked for. */
export function wished(
  changes: Partial<AgentWish> = {},
): Required<ReturnType<typeof wishedObjectsOf>> {
  return wishedObjectsOf({ ...WISH, ...changes }) as Required<ReturnType<typeof wishedObjectsOf>>;
}

/** What a cluster makes of an object that is written to it. */
export type Admission = (object: KubeObject) => KubeObject;

/** A cluster with one Deployment. */
export class DeploymentCluster {
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

/** An object in the hands of somebody who knows what is in it. */
// deno-lint-ignore no-explicit-any
export type Editable = any;

/** A cluster that is at rest. */
export function settled(admit?: Admission): DeploymentCluster {
  const cluster = new DeploymentCluster(admit);
  cluster.settle();
  cluster.writes = 0;
  return cluster;
}

/** A change that somebody makes. */
export interface Edit {
  readonly name: string;
  readonly edit: (object: Editable) => void;
}

/** Changes of what was asked for. */
export const EDITS: readonly Edit[] = [
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
    name: "another profile and no capability",
    edit({ spec }) {
      const seccompProfile = { type: "Localhost", localhostProfile: "a.json" };
      container(spec).securityContext = { seccompProfile };
    },
  },
  { name: "the limit", edit: ({ spec }) => (container(spec).resources.limits.memory = "999Mi") },
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
  {
    name: "a toleration more",
    edit: ({ spec }) => spec.template.spec.tolerations.push({ operator: "Exists" }),
  },
  { name: "the account", edit: ({ spec }) => (spec.template.spec.serviceAccountName = "admin") },
  { name: "the host's network", edit: ({ spec }) => (spec.template.spec.hostNetwork = true) },
  { name: "a paused rollout", edit: ({ spec }) => (spec.paused = true) },
  { name: "the strategy", edit: ({ spec }) => (spec.strategy = { type: "Recreate" }) },
  {
    name: "a label",
    edit: ({ metadata }) => delete metadata.labels["network.harvesterhci.io/ippool-name"],
  },
  {
    name: "the name of a port at another port",
    edit: ({ spec }) => (container(spec).ports[1].containerPort = 81),
  },
  {
    name: "a probe of another host",
    edit: ({ spec }) => (container(spec).readinessProbe.httpGet.host = "192.0.2.1"),
  },
  {
    name: "a probe over TLS",
    edit: ({ spec }) => (container(spec).livenessProbe.httpGet.scheme = "HTTPS"),
  },
  {
    name: "no root in the container",
    edit: ({ spec }) => (container(spec).securityContext.runAsNonRoot = true),
  },
  {
    name: "no root in the pod",
    edit: ({ spec }) => (spec.template.spec.securityContext = { runAsNonRoot: true }),
  },
  {
    name: "the annotation of the pool",
    edit: ({ metadata }) => delete metadata.annotations["network.harvesterhci.io/ippool"],
  },
];

/** Additions to what was asked for. */
export const ADDITIONS: readonly Edit[] = [
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
      container(spec).volumeMounts.push({ name: "more", mountPath: "/more" });
      spec.template.spec.volumes.push({ name: "more", emptyDir: {} });
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

/** What a cluster makes of a Deployment on its way in, and the fields that are not as they were asked for then. */
export const REWRITES: readonly {
  name: string;
  admit: (object: Editable) => void;
  fields: string[];
}[] = [
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

/** The container of the agent. */
export function container(spec: Editable): Editable {
  return spec.template.spec.containers.find(({ name }: JsonObject) => name === "agent");
}
