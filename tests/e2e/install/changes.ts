/** What administrators and accidents do to a release that serves VMs. */

import assert from "node:assert/strict";
import { waitUntil } from "../../support/harness/wait_until.ts";
import { agentsOf } from "../agent_pods.ts";
import { measure } from "../measure.ts";
import { type Installation, NAMESPACE } from "./installation.ts";
import { stepsWith, typeAll } from "./readme.ts";

export async function killPods(installation: Installation): Promise<void> {
  const before = (await agentsOf(installation.cluster)).map(({ name }) => name);
  const [controller] = await installation.controllers();
  for (const name of [before[0], controller!.name]) {
    await installation.run(`kubectl delete pod ${name} --namespace=${NAMESPACE} --wait=false`);
  }
  await installation.settled(2, ({ name }) => name !== before[0]);
}

/** An eviction while the other agent is being replaced is refused. */
export async function drain(installation: Installation): Promise<void> {
  const [agent] = await agentsOf(installation.cluster);
  await installation.run(
    `kubectl drain ${agent!.node} --delete-emptydir-data --ignore-daemonsets --timeout=60s`,
  );
  await installation.settled(2, ({ node }) => node !== agent!.node);
  const [one, other] = await agentsOf(installation.cluster);
  const evict = (name: string) =>
    installation.cluster.api.send("POST", `/api/v1/namespaces/${NAMESPACE}/pods/${name}/eviction`, {
      body: { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace: NAMESPACE } },
    });
  // The disruption controller learns a moment later than we do that both are ready.
  await waitUntil(async () => (await evict(one!.name)).status === 201 || undefined, {
    what: "leave to evict an agent",
  });
  const { status, text } = await evict(other!.name);
  assert.equal(status, 429, text);
  await installation.run(`kubectl uncordon ${agent!.node}`);
  await installation.settled(2, ({ name }) => name !== one!.name);
}

export async function change(installation: Installation): Promise<void> {
  const before = (await agentsOf(installation.cluster)).map(({ name }) => name);
  await typeAll(installation, await stepsWith("Install", "helm upgrade harvester"));
  await measure(
    "helm upgrade to all agents replaced",
    () => installation.settled(3, ({ name }) => !before.includes(name)),
  );
}

export async function rollBack(installation: Installation): Promise<void> {
  const before = (await agentsOf(installation.cluster)).map(({ name }) => name);
  await typeAll(installation, await stepsWith("Install", "helm rollback"));
  await installation.settled(2, ({ name }) => !before.includes(name));
}
