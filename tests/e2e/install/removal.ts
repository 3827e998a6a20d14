/** The end of a release, what is left of it, and the next one. */

import assert from "node:assert/strict";
import { at } from "../../support/apiserver/api_connection.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import { agentsOf } from "../agent_pods.ts";
import { Overhearing } from "../exchanges.ts";
import { measure } from "../measure.ts";
import { type Installation, NAMESPACE, RELEASE } from "./installation.ts";
import { stepsWith, typeAll } from "./readme.ts";

const IPPOOLS = "/apis/network.harvesterhci.io/v1alpha1/namespaces/default/ippools";
const CONTROLLER_ACCOUNT = `system:serviceaccount:${NAMESPACE}:${RELEASE}`;

/** Kinds of which a release makes objects, and those that its controller makes. */
const KINDS = [
  ...["deployments", "pods", "services", "jobs", "poddisruptionbudgets", "configmaps"],
  ...["secrets", "serviceaccounts", "roles", "rolebindings", "clusterroles"],
  "clusterrolebindings",
];

/** Those of the webhook; nothing else in this cluster makes any. */
const CONFIGURATIONS = "validatingwebhookconfigurations,mutatingwebhookconfigurations";

/** Our objects that are no declarations of users: by label, or by the name of the release. */
async function leftOver(installation: Installation): Promise<readonly string[]> {
  const labels = ["app.kubernetes.io/instance", "network.harvesterhci.io/vm-dhcp-controller"];
  const commands = [
    ...labels.map((label) => `kubectl get ${KINDS.join()} --all-namespaces -l ${label} -o name`),
    `kubectl get ${CONFIGURATIONS} -o name`,
    `kubectl get secrets --namespace=${NAMESPACE} -o name`,
  ];
  const left = [];
  for (const command of commands) left.push(...(await installation.run(command)).split("\n"));
  return left.filter((line) => line !== "" && line !== "No resources found");
}

/** The pool and what VMs claim of it, without what changes by the way. */
async function declared({ kube }: Installation): Promise<readonly unknown[]> {
  const pool = await kube.get("ippools", "ippool-1");
  const config = await kube.get("virtualmachinenetworkconfigs", "test-vm");
  return [
    pool.metadata.uid,
    pool["spec"],
    at(pool, "status.ipv4"),
    config.metadata.uid,
    config["spec"],
  ];
}

/** Nothing is left but what people declared, and the record of who has which address. */
export async function uninstall(installation: Installation): Promise<void> {
  const before = await declared(installation);
  await measure("helm uninstall", async () => {
    await typeAll(installation, await stepsWith("Install", "helm uninstall"));
  });
  await waitUntil(async () => (await leftOver(installation)).length === 0 || undefined, {
    what: "the end of all objects of the release",
    limitMs: 60_000,
    explain: async () => (await leftOver(installation)).join("\n"),
  });
  assert.deepEqual(await declared(installation), before);
  // Agents lose theirs while they end.
  await checkRights(installation, (account) => account === CONTROLLER_ACCOUNT);
}

/** A release that is installed later finds the record, and gives everybody the same address. */
export async function installAgain(installation: Installation): Promise<void> {
  const { cluster, machines } = installation;
  await typeAll(installation, await stepsWith("Install", "helm upgrade --install"));
  await installation.settled(2);
  await using wire = await Overhearing.start(cluster.vmNetwork.name);
  await machines.allRenew(wire);
  await machines.holdTheirAddresses();
}

/** Without the hook, agents serve on until they are taken back by hand; then our kinds can go. */
export async function uninstallWithoutHooks(installation: Installation): Promise<void> {
  const { cluster, machines } = installation;
  await machines.undisturbed(async () => {
    await installation.run(`helm uninstall ${RELEASE} --namespace=${NAMESPACE} --no-hooks`);
  });
  assert.equal((await agentsOf(cluster)).filter(({ isReady }) => isReady).length, 2);
  await installation.run(`vm-dhcp uninstall --namespace=${NAMESPACE} --no-leader-election`);
  await typeAll(installation, await stepsWith("Install", "kubectl delete crds"));
  assert.equal((await cluster.api.send("GET", IPPOOLS)).status, 404);
}

/** Nothing that an account of ours asked for was refused for want of a right. */
export async function checkRights(
  { cluster }: Installation,
  isMeant: (account: string) => boolean = () => true,
): Promise<void> {
  const requests = (await cluster.controlPlane.audited())
    .filter(({ user }) => isMeant(user.username));
  assert.ok(requests.some(({ user }) => user.username === CONTROLLER_ACCOUNT));
  const refused = requests.filter(({ responseStatus }) => responseStatus?.code === 403);
  assert.deepEqual(
    refused.map(({ user, verb, requestURI }) => `${user.username}: ${verb} ${requestURI}`),
    [],
  );
}
