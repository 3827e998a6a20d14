/**
 * The chart on real nodes: what README.md says is typed word for word, and VMs notice nothing of what
 * administrators do afterwards.
 */

import assert from "node:assert/strict";
import { virtualMachine } from "../../support/controller/virtual_machines.ts";
import { WireClient } from "../../support/dhcp/wire_client.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import { QemuMachine } from "../../support/machines/qemu_machine.ts";
import { allocated } from "../../support/network/vm_network.ts";
import { agentsOf } from "../agent_pods.ts";
import { CLIENTS, LEASE_SECONDS } from "../machines.ts";
import { measure, report, reportMemory } from "../measure.ts";
import { change, drain, killPods, rollBack } from "./changes.ts";
import { documentSteps, Installation, INSTALLATION_NEEDS, step } from "./installation.ts";
import { README, stepsWith, typeAll } from "./readme.ts";
import { judge, switchOffAndOn, takeCertificate, withoutReplicas } from "./webhook.ts";
import { checkRights, installAgain, uninstall, uninstallWithoutHooks } from "./removal.ts";

const OURS = "/apis/network.harvesterhci.io/v1alpha1/namespaces/default";
const VMS = "/apis/kubevirt.io/v1/namespaces/default/virtualmachines";

/** The first machine that README.md declares, and its address. */
const FIRST_MAC = "fa:cf:8e:50:82:fc";
const FIRST_ADDRESS = "192.168.48.82";

async function install(installation: Installation): Promise<void> {
  const steps = await stepsWith("Install", "helm upgrade --install");
  await measure("helm install --wait", () => typeAll(installation, steps));
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
  let pool = "";
  // Events are written a moment after the condition.
  await waitUntil(async () => {
    pool = await installation.run("kubectl describe ippool ippool-1");
    return /^Events:[^]*Normal +AgentReady/m.test(pool) || undefined;
  }, { what: "an Event of the pool", explain: () => pool });
  assert.match(pool, /192\.168\.48\.82: +fa:cf:8e:50:82:fc/);
  const config = await installation.run("kubectl get vmnetcfg test-vm -o wide");
  assert.match(
    config,
    /^NAME +VMNAME +IP +STATE +.*\ntest-vm +test-vm +192\.168\.48\.82 +Allocated /,
  );
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
  for (const { node, uid } of await installation.webhooks()) {
    const [pid] = installation.cluster.node(node).processesOf(uid, "vm-dhcp webhook");
    reportMemory("webhook in its pod", pid!);
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

await integrationTest({
  name: "an installation serves VMs, and VMs notice nothing of its changes",
  needs: [
    ...INSTALLATION_NEEDS,
    ...["curl", "qemu-system-x86_64"] as const,
    ...CLIENTS,
  ],
  run: async (context) => {
    await using installation = await Installation.start();
    const { machines } = installation;
    await step(context, "Install, as in README.md", () => install(installation));
    await step(context, "Usage, as in README.md", () => use(installation));
    await step(context, "kubectl shows what is going on", () => look(installation));
    await step(context, "Observability, as in README.md", async () => {
      await typeAll(installation, await documentSteps(README, "Observability"));
      await weigh(installation);
    });
    await step(context, "four kinds of clients get their addresses", () => bootAll(installation));
    await step(context, "the webhook judges pools and fills them in", () => judge(installation));
    await step(
      context,
      "VirtualMachines come and go although no webhook answers",
      () => withoutReplicas(installation, () => comeAndGo(installation)),
    );
    const unnoticed = {
      "an agent and the controller are deleted": killPods,
      "the node of an agent is drained": drain,
      "values change, as in README.md": change,
      "the release is rolled back, as in README.md": rollBack,
    };
    for (const [name, act] of Object.entries(unnoticed)) {
      await step(context, name, () => machines.undisturbed(() => act(installation)));
    }
    // Before pods outlive their rights.
    await step(context, "no request lacks a right", () => checkRights(installation));
    await step(
      context,
      "the webhook takes a certificate of others",
      () => takeCertificate(installation),
    );
    await step(
      context,
      "the webhook is switched off by a value, and comes back by a rollback",
      () => switchOffAndOn(installation),
    );
    await step(
      context,
      "the release is uninstalled, as in README.md",
      () => uninstall(installation),
    );
    await step(context, "the release is installed again", () => installAgain(installation));
    await step(
      context,
      "agents outlive a release without its hook, and are taken back by hand",
      () => uninstallWithoutHooks(installation),
    );
    await step(context, "all commands of README.md have been typed", async () => {
      for (const heading of ["Install", "Usage", "Observability"]) {
        assert.deepEqual(installation.untyped(await documentSteps(README, heading)), []);
      }
    });
  },
});
