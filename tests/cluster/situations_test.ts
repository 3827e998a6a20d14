/** Nine things that go wrong in a cluster, and where an operator reads why. */

import assert from "node:assert/strict";
import type { KubeObject } from "../../lib/api/meta.ts";
import { agentNameOf } from "../../lib/reconcile/agent_deployment/agent_names.ts";
import { kubectlPath } from "../../tools/kubernetes/programs.ts";
import { clusterAccessOf } from "../support/cluster/cluster_access.ts";
import { ControlPlane } from "../support/cluster/control_plane.ts";
import { Kubectl } from "../support/console/kubectl.ts";
import { ControllerWorld } from "../support/controller/controller_world.ts";
import { makeNetworkOnNodes } from "../support/controller/deployed_agents.ts";
import { StandInAgents } from "../support/controller/stand_in_agents.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { waitUntil } from "../support/harness/wait_until.ts";
import { freePort } from "../support/network/free_port.ts";
import { VmNetwork } from "../support/network/vm_network.ts";
import { ControllerProcess } from "../support/process/controller_process.ts";
import { type BrokenSite, PLACES } from "../support/situations/broken_site.ts";
import { goThroughSituations } from "../support/situations/broken_situations.ts";
import { RunningAgent, startKubelet } from "./running_agent.ts";

const NODE = "node-1";
/** Pods are reached on loopback, at addresses that another run on this host does not have. */
const POD_NETWORK = `127.${2 + Deno.pid % 250}`;

await integrationTest({
  name:
    "a cluster names the cause of each of nine situations, and the documents' commands answer an operator",
  needs: ["kube", "namespaces", "executable", "dnsmasq", "udhcpc"],
  run: async () => {
    await using cleanUp = new AsyncDisposableStack();
    const networks: VmNetwork[] = [];
    for (const _ of PLACES) networks.push(cleanUp.use(await VmNetwork.create()));
    const { access } = cleanUp.use(await ControlPlane.start({ withoutControllers: true }));
    const { kubeconfig } = access;
    const world = cleanUp.use(new ControllerWorld(clusterAccessOf(access), "default"));
    const { client } = world;
    const stand = { nodeName: NODE, isStarted: false };
    const pods = cleanUp.use(new StandInAgents(client, "default", POD_NETWORK, stand));
    for (const { networkName } of PLACES) {
      await makeNetworkOnNodes(world, networkName.replace("default/", ""));
    }
    const flags = ["--image=vm-dhcp:1", "--namespace=default", "--agent-replicas=1"];
    const controller = cleanUp.use(
      new ControllerProcess(kubeconfig, freePort(), flags, "executable"),
    );
    await controller.leads();
    const podOf = (pool: string) =>
      waitUntil(async () => {
        const [pod] = await pods.podsOf(agentNameOf({ namespace: "default", name: pool }));
        return podIpOf(pod) === undefined ? undefined : pod;
      }, { what: `the pod of ${pool}`, explain: () => controller.log.tail() });
    const logs = [controller.log];
    const agents: RunningAgent[] = [];
    const serve = async () => {
      const all = await Promise.all(PLACES.map(({ pool }) => podOf(pool)));
      // Their Deployments stay as they are, and its watch takes silence for a fault.
      await pods[Symbol.asyncDispose]();
      const addresses = new Map(all.map((pod) => [pod.metadata.name, podIpOf(pod)!]));
      cleanUp.use(await startKubelet(client, NODE, addresses));
      for (const [i, pod] of all.entries()) {
        const { bridge: { name: interfaceName }, folder } = networks[i]!;
        const options = { client, kubeconfig, pod, interfaceName, folder };
        const agent = cleanUp.use(await RunningAgent.start(options));
        agents.push(agent);
        logs.push(agent.log);
      }
    };
    const kubectl = new Kubectl(await kubectlPath(), kubeconfig, networks[0]!.folder);
    const site: BrokenSite = {
      ...{ networks, kubectl, logs, serve },
      signalAgent: (signal) => agents[0]!.signal(signal),
      giveManifest: async (manifest) => {
        const { code, stderr } = await kubectl.run(["apply", "-f", "-"], manifest);
        assert.notEqual(code, 0);
        return stderr;
      },
    };
    await goThroughSituations(site);
  },
});

function podIpOf(pod: KubeObject | undefined): string | undefined {
  return (pod?.status as { readonly podIP?: string } | undefined)?.podIP;
}
