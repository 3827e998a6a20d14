/** A cluster with the release and the agent of the Go version becomes ours while VMs renew. */

import assert from "node:assert/strict";
import type { JsonObject } from "../../../lib/base/json.ts";
import { ippoolSample } from "../../support/apiserver/samples.ts";
import type { ApiConnection } from "../../support/apiserver/api_connection.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { addVm } from "../../support/network/vm_network.ts";
import { IMAGE, itemsOf, nameOf } from "../../support/nodes/node_cluster.ts";
import { AGENT, agentsReady } from "../agent_pods.ts";
import { makeBareAgentPod } from "../bare_agent.ts";
import { handBack, nothingOfOursIsLeft } from "./hand_back.ts";
import { CLIENTS, LEASE_SECONDS } from "../machines.ts";
import { measure } from "../measure.ts";
import { NETWORK, NETWORKS, SERVER_IP } from "../site.ts";
import {
  documentSteps,
  Installation,
  INSTALLATION_NEEDS,
  NAMESPACE,
  RELEASE,
  step,
} from "./installation.ts";
import { isAsked, judge, WEBHOOK } from "./webhook.ts";

/** What the Go version pulls, with the registry that nodes add. */
const IMAGES = Object.fromEntries(
  ["controller", "agent", "webhook"]
    .map((program) => [`docker.io/rancher/harvester-vm-dhcp-${program}:v0.3.3`, IMAGE]),
);

const CHART = "tests/testdata/go_version/chart";
const WEBHOOKS = "/apis/admissionregistration.k8s.io/v1";

async function post(api: ApiConnection, path: string, body: JsonObject): Promise<void> {
  const { status, text } = await api.send("POST", path, { body });
  assert.equal(status, 201, text);
}

/** The Go version at work: its chart, a pool, its agent, and machines with a lease. */
async function start(installation: Installation): Promise<void> {
  const { cluster, kube, machines } = installation;
  await installation.run("kubectl create -f tests/testdata/go_version/definitions.yaml");
  await installation.run(
    `helm install ${RELEASE} ${CHART} --namespace=${NAMESPACE} --create-namespace --wait`,
  );
  await post(cluster.api, NETWORKS, NETWORK);
  const ipv4Config = { serverIP: SERVER_IP, leaseTime: LEASE_SECONDS, ntp: [] };
  await kube.create("ippools", ippoolSample({ ipv4Config }));
  await makeBareAgentPod(cluster.api, NAMESPACE);
  await machines.plugIn(kube, 1);
  await agentsReady(cluster, 1);
  await machines.boot();
  await makeWebhooks(cluster.api);
}

/** What the webhook of the Go version registers by itself. */
async function makeWebhooks(api: ApiConnection): Promise<void> {
  const kinds = [["Validating", "Fail"], ["Mutating", "Ignore"]] as const;
  for (const [kind, failurePolicy] of kinds) {
    await post(api, `${WEBHOOKS}/${kind.toLowerCase()}webhookconfigurations`, {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: `${kind}WebhookConfiguration`,
      metadata: { name: WEBHOOK },
      webhooks: [{
        name: `${kind === "Validating" ? "validator" : "mutator"}.${NAMESPACE}.${WEBHOOK}`,
        admissionReviewVersions: ["v1"],
        sideEffects: "None",
        failurePolicy,
        clientConfig: {
          service: { name: WEBHOOK, namespace: NAMESPACE, path: "/v1/webhook/validation" },
        },
        rules: [{
          apiGroups: ["network.harvesterhci.io"],
          apiVersions: ["v1alpha1"],
          operations: ["CREATE", "UPDATE", "DELETE"],
          resources: ["ippools", "virtualmachinenetworkconfigs"],
        }],
      }],
    });
  }
}

async function upgrade(installation: Installation): Promise<void> {
  await measure("release of the Go version to two agents of ours", async () => {
    for (const step of await documentSteps("docs/migration.md", "To this program")) {
      await installation.type(step);
    }
    await installation.settled(2, ({ name }) => name !== AGENT);
    await isAsked(installation);
  });
}

/** Names of all objects of a release, and of what its webhook has registered. */
async function namesOf({ cluster: { api } }: Installation): Promise<readonly string[]> {
  const kinds = [
    `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`,
    `/api/v1/namespaces/${NAMESPACE}/services`,
    `${WEBHOOKS}/validatingwebhookconfigurations`,
    `${WEBHOOKS}/mutatingwebhookconfigurations`,
  ];
  const lists = await Promise.all(kinds.map((path) => api.send("GET", path)));
  return lists.flatMap(({ body }) => itemsOf(body).map(nameOf));
}

await integrationTest({
  name: "the release of the Go version is upgraded, and VMs notice nothing",
  needs: [
    ...INSTALLATION_NEEDS,
    ...CLIENTS,
  ],
  run: async (context) => {
    await using installation = await Installation.start(IMAGES);
    await step(context, "the Go version is at work", () => start(installation));
    await step(context, "the chart takes its release over", async () => {
      await installation.machines.undisturbed(() => upgrade(installation));
    });
    await step(context, "nothing of the Go version is left, and new VMs are served", async () => {
      assert.deepEqual(await namesOf(installation), [
        ...[AGENT, RELEASE, WEBHOOK],
        ...[RELEASE, WEBHOOK],
        ...[WEBHOOK, WEBHOOK],
      ]);
      await judge(installation);
      await addVm(installation.kube, "new", "52:54:00:e2:0f:02");
    });
    await step(context, "the Go version takes its cluster back", async () => {
      await installation.machines.undisturbed(() => handBack(installation));
    });
    await step(context, "nothing of ours is left, and new VMs are served", async () => {
      await nothingOfOursIsLeft(installation);
      await addVm(installation.kube, "newer", "52:54:00:e2:0f:03");
    });
  },
});
