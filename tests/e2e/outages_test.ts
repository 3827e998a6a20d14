/** What users notice when a part of the system dies: docs/outages.md has a row for each step. */

import { integrationTest } from "../support/harness/integration_test.ts";
import { waitUntil } from "../support/harness/wait_until.ts";
import { WIRE_CLIENTS, type WireClientName } from "../support/dhcp/wire_client_programs.ts";
import { type AgentPod, Site } from "./site.ts";

const CLIENTS = Object.keys(WIRE_CLIENTS) as WireClientName[];

/** Prints what docs/outages.md quotes. */
async function measure(what: string, act: () => Promise<unknown>): Promise<void> {
  const startMs = performance.now();
  await act();
  console.log(`measured: ${what}: ${((performance.now() - startMs) / 1000).toFixed(1)} s`);
}

/** Kills the process of an agent, and nothing else of its Pod. */
function killAgent(site: Site, { node, uid }: AgentPod): void {
  for (const pid of site.cluster.node(node).processesOf(uid, "vm-dhcp agent")) {
    Deno.kill(pid, "SIGKILL");
  }
}

/** Waits until the kubelet has started an agent again. */
async function restarted(site: Site, { uid, restarts }: AgentPod): Promise<void> {
  await site.agentsReady(1, (pod) => pod.uid === uid && pod.restarts > restarts);
}

async function loseNode(site: Site, which: 0 | 1): Promise<void> {
  const { node: name } = (await site.agentsReady(2))[which]!;
  const node = site.cluster.node(name);
  await node.powerOff();
  await measure(
    "power off to replacement ready",
    () => site.agentsReady(2, (pod) => pod.node !== name),
  );
  await node.powerOn();
  await site.cluster.untilNodesReady();
}

await integrationTest({
  name: "clients renew while parts of the system die",
  needs: ["nodes", "kube", "executable", "namespaces", "real root", "tshark", ...CLIENTS],
  run: async (context) => {
    await using site = await Site.start({ nodes: 3, perClient: 3 });

    for (const which of [0, 1] as const) {
      await context.step(`the node of agent ${which} loses its power`, async () => {
        await site.undisturbed(() => loseNode(site, which));
      });
      await context.step(`agent ${which} is killed`, async () => {
        const pod = (await site.agentsReady(2))[which]!;
        await site.undisturbed(async () => {
          killAgent(site, pod);
          await measure("killed agent to ready again", () => restarted(site, pod));
        });
      });
    }

    await context.step("both agents are killed at once", async () => {
      const pods = await site.agentsReady(2);
      await site.undisturbed(async () => {
        for (const pod of pods) killAgent(site, pod);
        await measure(
          "killed agents to ready again",
          () => Promise.all(pods.map((pod) => restarted(site, pod))),
        );
      });
    });

    await context.step("the controller is killed", async () => {
      await site.undisturbed(() => site.restartController());
    });

    await context.step("the API server is away", async () => {
      await site.undisturbed(async () => {
        await site.cluster.controlPlane.stopApiServer();
        await new Promise((resolve) => setTimeout(resolve, 20_000));
        await site.cluster.controlPlane.restartApiServer();
        await site.cluster.untilNodesReady();
      });
    });

    await context.step("a node with an agent loses its management link", async () => {
      const [lost] = await site.agentsReady(2);
      const node = site.cluster.node(lost!.node);
      await site.undisturbed(async () => {
        await node.setManagementLink("down");
        await measure(
          "link cut to replacement ready",
          () => site.agentsReady(2, (pod) => pod.node !== node.name),
        );
        await node.setManagementLink("up");
        await waitUntil(
          async () => (await site.agents()).every(({ uid }) => uid !== lost!.uid) || undefined,
          {
            what: "the end of the agent that was replaced",
            limitMs: 60_000,
          },
        );
      });
    });

    await context.step("a node with an agent loses its link to the VM network", async () => {
      const [{ node }] = await site.agentsReady(2) as [AgentPod];
      await site.undisturbed(async () => {
        await site.cluster.node(node).setVmLink("down");
        await new Promise((resolve) => setTimeout(resolve, 14_000));
        await site.cluster.node(node).setVmLink("up");
      });
    });
  },
});
