/** The Go version takes its cluster back. Its controller and its agent are played by our program. */

import assert from "node:assert/strict";
import { at } from "../../support/apiserver/api_connection.ts";
import { AGENT, agentsOf, agentsReady } from "../agent_pods.ts";
import { makeBareAgentPod } from "../bare_agent.ts";
import { measure } from "../measure.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import { documentSteps, type Installation, NAMESPACE } from "./installation.ts";

const DOCUMENT = "docs/migration.md";

/** Types the steps of the document up to the one with these words, itself included. */
async function typeUpTo(installation: Installation, words: string): Promise<void> {
  const steps = await documentSteps(DOCUMENT, "Back to the Go program");
  const last = steps.findIndex(({ command }) => command.includes(words));
  assert.ok(last >= 0, words);
  const open = new Set(installation.untyped(steps));
  for (const step of steps.slice(0, last + 1)) {
    if (open.has(step.command)) await installation.type(step);
  }
}

/** As its controller does: its definitions, and one bare pod in the place of the one that the pool names. */
async function makeItsAgent(installation: Installation): Promise<void> {
  const { cluster, kube } = installation;
  await installation.run("kubectl replace -f tests/testdata/go_version/definitions.yaml");
  const { status } = await kube.get("ippools", "ippool-1");
  const named = at(status, "agentPodRef.name");
  assert.equal(typeof named, "string");
  await installation.run(`kubectl delete pod ${named} --namespace=${NAMESPACE} --wait=false`);
  await makeBareAgentPod(cluster.api, NAMESPACE);
  await agentsReady(cluster, 1, ({ name }) => name === AGENT);
}

/** Types what the document says, while VMs renew. */
export async function handBack(installation: Installation): Promise<void> {
  await measure("hand-back: the webhook goes", () => typeUpTo(installation, "webhook.enabled"));
  await measure("hand-back: look and back up", () => typeUpTo(installation, "backup.yaml"));
  await measure("hand-back: helm rollback", () => typeUpTo(installation, "helm rollback"));
  await measure("hand-back: an agent as its controller makes it", () => makeItsAgent(installation));
  await measure("hand-back: our agents go", async () => {
    await typeUpTo(installation, "kubectl delete rolebindings");
    await installation.settled(1, ({ name }) => name === AGENT);
  });
}

/** Nothing of ours is left beside it. */
export async function nothingOfOursIsLeft(installation: Installation): Promise<void> {
  assert.deepEqual((await agentsOf(installation.cluster)).map(({ name }) => name), [AGENT]);
  const kinds = "deployments,poddisruptionbudgets,serviceaccounts,secrets,roles,rolebindings";
  const label = "network.harvesterhci.io/vm-dhcp-controller=agent";
  const left = `kubectl get ${kinds} --all-namespaces -l ${label} -o name 2>/dev/null`;
  await waitUntil(async () => (await installation.run(left)).trim() === "" || undefined, {
    what: "the end of what agents of ours had",
  });
}
