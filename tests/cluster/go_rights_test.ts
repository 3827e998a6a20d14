/** `vm-dhcp controller` and `vm-dhcp webhook` with accounts of the Go program's chart: their rights, and no others. */

import assert from "node:assert/strict";
import { parseAllDocuments } from "yaml";
import type { JsonObject } from "../../lib/base/json.ts";
import type { KubeObject } from "../../lib/api/meta.ts";
import {
  IPPOOLS,
  NETWORK_ATTACHMENT_DEFINITIONS,
  PODS,
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
  VIRTUAL_MACHINES,
} from "../../lib/api/resources.ts";
import { agentNameOf } from "../../lib/reconcile/agent_deployment/agent_names.ts";
import { ApiConnection } from "../support/apiserver/api_connection.ts";
import { applyRights, writeAccount } from "../support/cluster/account_kubeconfig.ts";
import { clusterAccessOf } from "../support/cluster/cluster_access.ts";
import { ControlPlane } from "../support/cluster/control_plane.ts";
import { addressesOf, conditionMessageOf } from "../support/controller/controller_objects.ts";
import { ControllerWorld } from "../support/controller/controller_world.ts";
import { eth, makeVirtualMachine } from "../support/controller/virtual_machines.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { waitUntil } from "../support/harness/wait_until.ts";
import { ippoolSample, vmnetcfgSample } from "../support/apiserver/samples.ts";
import { freePort } from "../support/network/free_port.ts";
import { ControllerProcess } from "../support/process/controller_process.ts";
import { WebhookProcess } from "../support/process/webhook_process.ts";
import { Front } from "./webhook_front.ts";

const ROLES = new URL("../testdata/go_version/chart/templates/rbac.yaml", import.meta.url);
const NAMESPACE = "harvester-system";
const CONTROLLER = { namespace: NAMESPACE, name: "harvester-vm-dhcp-controller" };
const AGENT_ACCOUNT = "harvester-vm-dhcp-controller-agent";
const WEBHOOK = { namespace: NAMESPACE, name: "harvester-vm-dhcp-controller-webhook" };
const CONFIGURATIONS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";
const NAME_LABEL = "network.harvesterhci.io/ippool-name";

const FLAGS = [
  ...["--name", CONTROLLER.name, "--namespace", NAMESPACE, "--service-account-name", AGENT_ACCOUNT],
  ...["--image", "rancher/harvester-vm-dhcp-agent:main-head"],
];

/** Of the role in the repository of the Go program, networks can be read only. */
const VARIANTS = [{ chart: "released", mayLabel: true }, { chart: "in-repo", mayLabel: false }];

async function rightsOfChart(mayLabel: boolean): Promise<readonly KubeObject[]> {
  const text = (await Deno.readTextFile(ROLES)).replaceAll("{{ .Release.Namespace }}", NAMESPACE);
  const objects = parseAllDocuments(text).map((document) => document.toJS());
  for (const { rules = [] } of objects) {
    for (const rule of rules) {
      if (mayLabel || rule.apiGroups[0] !== "k8s.cni.cncf.io") continue;
      rule.verbs = rule.verbs.filter((verb: string) => verb !== "update");
    }
  }
  return objects;
}

/** An agent of the Go program, as its controller has left it. */
function bareAgent(pool: string): KubeObject {
  const name = { namespace: "default", name: pool };
  const object = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      namespace: NAMESPACE,
      name: agentNameOf(name),
      labels: {
        "network.harvesterhci.io/vm-dhcp-controller": "agent",
        "network.harvesterhci.io/ippool-namespace": "default",
        [NAME_LABEL]: pool,
      },
    },
    spec: {
      serviceAccountName: AGENT_ACCOUNT,
      containers: [{ name: "agent", image: "rancher/harvester-vm-dhcp-agent:v0.3.0" }],
    },
  };
  return object;
}

async function leaveObjects(world: ControllerWorld): Promise<void> {
  await world.create(NETWORK_ATTACHMENT_DEFINITIONS, {
    apiVersion: "k8s.cni.cncf.io/v1",
    kind: "NetworkAttachmentDefinition",
    metadata: {
      name: "net-48",
      labels: { "network.harvesterhci.io/clusternetwork": "mgmt", "team": "a" },
    },
    spec: { config: "{}" },
  });
  await world.create(IPPOOLS, ippoolSample());
  await world.create(
    IPPOOLS,
    ippoolSample({
      metadata: { name: "paused" },
      spec: { networkName: "default/net-49", paused: true },
    }),
  );
  for (const pool of ["ippool-1", "paused", "gone"]) {
    await world.client.create(PODS, bareAgent(pool));
  }
}

async function agentsLeft(world: ControllerWorld): Promise<readonly string[]> {
  const { items } = await world.client.list(PODS, { namespace: NAMESPACE });
  return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata }) => metadata.labels![NAME_LABEL]!).sort();
}

async function untilAgentsLeft(world: ControllerWorld, pools: readonly string[]): Promise<void> {
  await waitUntil(
    async () => (await agentsLeft(world)).join() === pools.join() || undefined,
    { what: `agents of ${pools} only`, explain: async () => (await agentsLeft(world)).join() },
  );
}

function labelOf(nad: KubeObject): string | undefined {
  return nad.metadata.labels?.[NAME_LABEL];
}

async function untilLabelled(world: ControllerWorld, label: string | undefined): Promise<void> {
  const nad = await world.until(NETWORK_ATTACHMENT_DEFINITIONS, "net-48", {
    what: `the label ${label}`,
    holds: (each) => labelOf(each) === label,
  });
  assert.equal(nad.metadata.labels?.["team"], "a");
}

/** The configuration of the Go program's webhook, which refuses every change once that is gone. */
const LEFT_WEBHOOK: JsonObject = {
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "ValidatingWebhookConfiguration",
  metadata: { name: WEBHOOK.name },
  webhooks: [{
    name: `validator.${NAMESPACE}.${WEBHOOK.name}`,
    admissionReviewVersions: ["v1"],
    sideEffects: "None",
    failurePolicy: "Fail",
    clientConfig: {
      service: { name: WEBHOOK.name, namespace: NAMESPACE, path: "/v1/webhook/validation" },
    },
    rules: [{
      apiGroups: ["network.harvesterhci.io"],
      apiVersions: ["v1alpha1"],
      operations: ["CREATE", "UPDATE", "DELETE"],
      resources: ["ippools"],
    }],
  }],
};

await integrationTest({
  name: "a webhook with the rights of the Go program's chart makes what that has left its own",
  needs: ["kube"],
  run: async () => {
    await using plane = await ControlPlane.start({ withoutControllers: true });
    await applyRights(plane.access, NAMESPACE, await rightsOfChart(true));
    using api = new ApiConnection(plane.access);
    const { status, text } = await api.send("POST", CONFIGURATIONS, { body: LEFT_WEBHOOK });
    assert.equal(status, 201, text);
    const pools = "/apis/network.harvesterhci.io/v1alpha1/namespaces/default/ippools";
    const broken = await api.send("POST", pools, { body: { ...ippoolSample() } });
    assert.equal(broken.status, 500, broken.text);
    const kubeconfig = await writeAccount(plane.access, WEBHOOK);
    using front = new Front();
    await using webhook = new WebhookProcess(kubeconfig, [
      ...["--name", WEBHOOK.name, "--namespace", NAMESPACE, "--threadiness", "5"],
      ...["--url", front.url],
    ]);
    await webhook.isReady();
    front.ports = [webhook.port];
    const wrong = ippoolSample({ ipv4Config: { router: "192.168.49.1" } });
    await waitUntil(async () => {
      const answer = await api.send("POST", `${pools}?dryRun=All`, { body: { ...wrong } });
      return answer.status === 422 || undefined;
    }, { what: "the API server to ask it", explain: () => webhook.log.tail() });
    const said = webhook.log.lines.filter((line) => /forbidden|cannot \w+ resource/.test(line));
    assert.deepEqual(said, []);
    await Deno.remove(kubeconfig);
  },
});

/** Where a right is missing that a line of the log names. */
function placeIn(line: string): string {
  return /in the namespace \\"(.+?)\\"/.exec(line)?.[1] ?? "everywhere";
}

for (const { chart, mayLabel } of VARIANTS) {
  await integrationTest({
    name: `a controller with the rights of the Go program's ${chart} chart does what matters`,
    needs: ["kube"],
    run: async () => {
      await using plane = await ControlPlane.start({ withoutControllers: true });
      await applyRights(plane.access, NAMESPACE, await rightsOfChart(mayLabel));
      await using world = new ControllerWorld(clusterAccessOf(plane.access), "default");
      await leaveObjects(world);
      const kubeconfig = await writeAccount(plane.access, CONTROLLER);
      await using controller = new ControllerProcess(kubeconfig, freePort(), FLAGS);
      await controller.leads();
      await world.create(VIRTUAL_MACHINE_NETWORK_CONFIGS, vmnetcfgSample());
      await makeVirtualMachine(world, "web", [eth(0, 1)]);
      for (const vm of ["test-vm", "web"]) {
        await world.until(VIRTUAL_MACHINE_NETWORK_CONFIGS, vm, {
          what: "an address",
          holds: (object) => addressesOf(object).startsWith("192.168.48."),
        });
      }
      assert.equal(await controller.get("/readyz"), '{"ok":true}\n');
      // The agent that serves stays, since this account may make no other.
      await untilAgentsLeft(world, ["ippool-1"]);
      await world.until(IPPOOLS, "ippool-1", {
        what: "the missing right",
        holds: (pool) =>
          /cannot \w+ resource "deployments".*examples\/rbac\/controller\.yaml/.test(
            conditionMessageOf(pool, "AgentReady"),
          ),
      });
      if (mayLabel) await untilLabelled(world, "ippool-1");
      await world.delete(VIRTUAL_MACHINES, "web");
      await world.delete(VIRTUAL_MACHINE_NETWORK_CONFIGS, "test-vm");
      for (const vm of ["test-vm", "web"]) {
        await world.untilGone(VIRTUAL_MACHINE_NETWORK_CONFIGS, vm);
      }
      await world.delete(IPPOOLS, "ippool-1");
      await world.untilGone(IPPOOLS, "ippool-1");
      await untilAgentsLeft(world, []);
      await untilLabelled(world, undefined);
      controller.signal("SIGTERM");
      assert.equal((await controller.ended()).code, 0);
      await Deno.remove(kubeconfig);
      const said = controller.log.lines.flatMap((line) => {
        const right = /cannot \w+ resource \S+/.exec(line);
        return right === null ? [] : [`${JSON.parse(line).msg}: ${right[0]} ${placeIn(line)}`];
      });
      assert.deepEqual(said, [...new Set(said)], "each missing right is said once");
      assert.ok(said.some((line) => line.startsWith("event could not be recorded")), said.join());
      const about = said.filter((line) => line.startsWith("VM networks cannot be labelled"));
      assert.equal(about.length, mayLabel ? 0 : 1);
    },
  });
}
