/**
 * The chart on real nodes: what README.md says is typed word for word, and VMs notice nothing of what
 * administrators do afterwards.
 */

import assert from "node:assert/strict";
import { at } from "../../support/apiserver/api_connection.ts";
import type { ConsoleStep } from "../../support/console/console_session.ts";
import { virtualMachine } from "../../support/controller/virtual_machines.ts";
import { WireClient } from "../../support/dhcp/wire_client.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import { QemuMachine } from "../../support/machines/qemu_machine.ts";
import { allocated } from "../../support/network/vm_network.ts";
import { agentsOf } from "../agent_pods.ts";
import { Overhearing } from "../exchanges.ts";
import { CLIENTS, LEASE_SECONDS } from "../machines.ts";
import { measure, report, reportMemory } from "../measure.ts";
import { documentSteps, Installation, NAMESPACE, RELEASE } from "./installation.ts";

const README = "README.md";
const OURS = "/apis/network.harvesterhci.io/v1alpha1/namespaces/default";
const VMS = "/apis/kubevirt.io/v1/namespaces/default/virtualmachines";

const CONTROLLER_ACCOUNT = `system:serviceaccount:${NAMESPACE}:${RELEASE}`;

/** The first machine that README.md declares, and its address. */
const FIRST_MAC = "fa:cf:8e:50:82:fc";
const FIRST_ADDRESS = "192.168.48.82";

/** The commands below a heading of README.md that contain a text. */
async function stepsWith(heading: string, text: string): Promise<readonly ConsoleStep[]> {
  const steps = (await documentSteps(README, heading)).filter(({ command }) =>
    command.includes(text)
  );
  assert.ok(steps.length > 0, `README.md has no "${text}" below ${heading}`);
  return steps;
}

async function typeAll(installation: Installation, steps: readonly ConsoleStep[]): Promise<void> {
  for (const step of steps) await installation.type(step);
}

async function install(installation: Installation): Promise<void> {
  const steps = [
    ...await stepsWith("Install", "helm upgrade --install"),
    ...await stepsWith("Install", "kubectl rollout"),
  ];
  await measure("helm install to controller ready", () => typeAll(installation, steps));
  await typeAll(installation, await stepsWith("Install", "helm test"));
}

/** Declares network, pool and VM, while the machine already asks for its address. */
async function use(installation: Installation): Promise<void> {
  const { vmNetwork: bridge, folder } = installation.cluster;
  await using client = await WireClient.create("udhcpc", { bridge, mac: FIRST_MAC, folder });
  client.boot();
  let appliedMs = 0;
  for (const step of await documentSteps(README, "Usage")) {
    if (step.command.includes("kind: IPPool")) appliedMs = performance.now();
    await installation.type(step);
    if (!step.command.includes("kind: VirtualMachineNetworkConfig")) continue;
    report("IPPool applied to first lease", await client.holds(FIRST_ADDRESS, 60_000) - appliedMs);
  }
}

/** What kubectl shows of our objects says what is going on. */
async function look(installation: Installation): Promise<void> {
  const pool = await installation.run("kubectl describe ippool ippool-1");
  for (const text of ["AgentReady", "192.168.48.82:", "fa:cf:8e:50:82:fc"]) {
    assert.ok(pool.includes(text), `${text} in ${pool}`);
  }
  assert.match(pool, /^Events:[^]*Normal +AgentReady/m);
  const config = await installation.run("kubectl get vmnetcfg test-vm -o wide");
  assert.match(config, /^NAME +VMNAME +ALLOCATED +.*\ntest-vm +test-vm +True +.*192\.168\.48\.82/);
}

async function weigh(installation: Installation): Promise<void> {
  for (const { node, uid } of await installation.controllers()) {
    const [pid] = installation.cluster.node(node).processesOf(uid, "vm-dhcp controller");
    reportMemory("controller in its pod", pid!);
  }
  for (const { node, uid } of await agentsOf(installation.cluster)) {
    const [pid] = installation.cluster.node(node).processesOf(uid, "vm-dhcp agent");
    reportMemory("agent in its pod", pid!);
  }
}

/** Machines with all clients, whose leases are short enough to be renewed all the while. */
async function bootAll({ kube, machines }: Installation): Promise<void> {
  await kube.patch("ippools", "ippool-1", { spec: { ipv4Config: { leaseTime: LEASE_SECONDS } } });
  await machines.plugIn(kube, 1);
  await machines.boot();
}

/**
 * A VirtualMachine of KubeVirt gets its configuration and an address, which its firmware prints, and
 * takes them with it.
 */
async function comeAndGo({ cluster: { api, vmNetwork }, kube }: Installation): Promise<void> {
  const mac = "52:54:00:e2:0f:01";
  const vm = virtualMachine({ name: "web", namespace: "default" }, [
    { name: "nic-1", macAddress: mac },
  ]);
  const { status, text } = await api.send("POST", VMS, { body: vm });
  assert.equal(status, 201, text);
  const config = () => api.send("GET", `${OURS}/virtualmachinenetworkconfigs/web`);
  await waitUntil(async () => (await config()).text.includes('"Allocated"') || undefined, {
    what: "the address of a VM",
  });
  await using machine = await QemuMachine.boot({ firmware: "BIOS", mac, bridge: vmNetwork.name });
  assert.equal(await machine.address(), await allocated(kube, "web"));
  await api.send("DELETE", `${VMS}/web`);
  await waitUntil(async () => (await config()).status === 404 || undefined, {
    what: "the end of the configuration of a VM that is gone",
  });
}

async function killPods(installation: Installation): Promise<void> {
  const before = (await agentsOf(installation.cluster)).map(({ name }) => name);
  const [controller] = await installation.controllers();
  for (const name of [before[0], controller!.name]) {
    await installation.run(`kubectl delete pod ${name} --namespace=${NAMESPACE} --wait=false`);
  }
  await installation.settled(2, ({ name }) => name !== before[0]);
}

/** An eviction while the other agent is being replaced is refused. */
async function drain(installation: Installation): Promise<void> {
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
  const [first, second] = [await evict(one!.name), await evict(other!.name)];
  assert.deepEqual([first.status, second.status], [201, 429], second.text);
  await installation.run(`kubectl uncordon ${agent!.node}`);
  await installation.settled(2, ({ name }) => name !== one!.name);
}

async function change(installation: Installation): Promise<void> {
  const before = (await agentsOf(installation.cluster)).map(({ name }) => name);
  await typeAll(installation, await stepsWith("Install", "helm upgrade harvester"));
  await measure(
    "helm upgrade to all agents replaced",
    () => installation.settled(3, ({ name }) => !before.includes(name)),
  );
}

/** Kinds of which a release makes objects, and those that its controller makes. */
const KINDS = [
  ...["deployments", "pods", "services", "jobs", "poddisruptionbudgets", "configmaps"],
  ...["secrets", "serviceaccounts", "roles", "rolebindings", "clusterroles"],
  "clusterrolebindings",
];

/** Our objects that are no declarations of users: by label, or by the name of the release. */
async function leftOver(installation: Installation): Promise<readonly string[]> {
  const labels = ["app.kubernetes.io/instance", "network.harvesterhci.io/vm-dhcp-controller"];
  const left = [];
  for (const label of labels) {
    const command = `kubectl get ${KINDS.join()} --all-namespaces -l ${label} -o name`;
    left.push(...(await installation.run(command)).split("\n"));
  }
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
async function uninstall(installation: Installation): Promise<void> {
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
async function installAgain(installation: Installation): Promise<void> {
  const { cluster, machines } = installation;
  await typeAll(installation, await stepsWith("Install", "helm upgrade --install"));
  await installation.settled(2);
  await using wire = await Overhearing.start(cluster.vmNetwork.name);
  await machines.allRenew(wire);
  await machines.holdTheirAddresses();
}

/** Without the hook, agents serve on until they are taken back by hand; then our kinds can go. */
async function uninstallWithoutHooks(installation: Installation): Promise<void> {
  const { cluster, machines } = installation;
  await machines.undisturbed(async () => {
    await installation.run(`helm uninstall ${RELEASE} --namespace=${NAMESPACE} --no-hooks`);
  });
  assert.equal((await agentsOf(cluster)).filter(({ isReady }) => isReady).length, 2);
  await installation.run(`vm-dhcp uninstall --namespace=${NAMESPACE} --no-leader-election`);
  await typeAll(installation, await stepsWith("Install", "kubectl delete crds"));
  assert.equal((await cluster.api.send("GET", `${OURS}/ippools`)).status, 404);
}

async function rollBack(installation: Installation): Promise<void> {
  const before = (await agentsOf(installation.cluster)).map(({ name }) => name);
  await typeAll(installation, await stepsWith("Install", "helm rollback"));
  await installation.settled(2, ({ name }) => !before.includes(name));
}

/** Nothing that an account of ours asked for was refused for want of a right. */
async function checkRights(
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

await integrationTest({
  name: "an installation serves VMs, and VMs notice nothing of its changes",
  needs: [
    ...[
      "nodes",
      "kube",
      "helm",
      "executable",
      "buildah",
      "busybox",
      "namespaces",
      "real root",
    ] as const,
    ...["tshark", "curl", "qemu-system-x86_64"] as const,
    ...CLIENTS,
  ],
  run: async (context) => {
    await using installation = await Installation.start();
    const { machines } = installation;
    await context.step("Install, as in README.md", () => install(installation));
    await context.step("Usage, as in README.md", () => use(installation));
    await context.step("kubectl shows what is going on", () => look(installation));
    await context.step("Observability, as in README.md", async () => {
      await typeAll(installation, await documentSteps(README, "Observability"));
      await weigh(installation);
    });
    await context.step("four kinds of clients get their addresses", () => bootAll(installation));
    await context.step("VirtualMachines come and go", () => comeAndGo(installation));
    const unnoticed = {
      "an agent and the controller are deleted": killPods,
      "the node of an agent is drained": drain,
      "values change, as in README.md": change,
      "the release is rolled back, as in README.md": rollBack,
    };
    for (const [name, act] of Object.entries(unnoticed)) {
      await context.step(name, () => machines.undisturbed(() => act(installation)));
    }
    await context.step("no request lacks a right", () => checkRights(installation));
    await context.step(
      "the release is uninstalled, as in README.md",
      () => uninstall(installation),
    );
    await context.step("the release is installed again", () => installAgain(installation));
    await context.step(
      "agents outlive a release without its hook, and are taken back by hand",
      () => uninstallWithoutHooks(installation),
    );
  },
});
