/** What users notice when a part of the system dies: docs/outages.md has a row for each step. */

import assert from "node:assert/strict";
import type { JsonObject } from "../../lib/base/json.ts";
import { at } from "../support/apiserver/api_connection.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { soakSeconds } from "../support/harness/soak.ts";
import { waitUntil } from "../support/harness/wait_until.ts";
import { itemsOf } from "../support/nodes/node_cluster.ts";
import type { AgentPod } from "./agent_pods.ts";
import type { Overhearing } from "./exchanges.ts";
import { CLIENTS } from "./machines.ts";
import { measure, report } from "./measure.ts";
import { PROGRAMS } from "../support/process/standalone_process.ts";
import { SERVER_IP, Site } from "./site.ts";

/** How long the API server is away, besides the time that all clients need to renew. */
const ABSENCE_SECONDS = soakSeconds(5, 600);

/** Two agents, the one that was killed the fewest times first: a kubelet restarts the others later. */
async function twoAgents(site: Site): Promise<readonly [AgentPod, AgentPod]> {
  const pods = [...await site.agentsReady(2)].sort((a, b) => a.restarts - b.restarts);
  return [pods[0]!, pods[1]!];
}

/** Waits until the kubelet has started an agent again. */
function restarted(site: Site, { uid, restarts }: AgentPod): Promise<unknown> {
  return site.agentsReady(1, (pod) => pod.uid === uid && pod.restarts > restarts);
}

/** Waits until two agents are ready on other nodes, the one that is lost having been replaced. */
function replaced(site: Site, lost: AgentPod): Promise<unknown> {
  return site.agentsReady(2, ({ node }) => node !== lost.node);
}

/** Waits until a Pod has gone for good. */
async function gone(site: Site, { name, uid }: AgentPod): Promise<void> {
  const isGone = async () => (await site.agents()).every((pod) => pod.uid !== uid);
  await waitUntil(async () => await isGone() || undefined, {
    what: `the end of ${name}`,
    limitMs: 60_000,
  });
}

/** Waits until an agent is ready, and serves its snapshot or what the API server says. */
async function serves(pod: AgentPod, what: "snapshot" | "present"): Promise<void> {
  let seen = "";
  await waitUntil(async () => {
    const [readyz, metrics] = await Promise.all([ask(pod, "/readyz"), ask(pod, "/metrics")]);
    seen = readyz;
    const isStale = /^vmdhcpagent_stale\{.*\} 1$/m.test(metrics);
    return readyz !== "" && isStale === (what === "snapshot") || undefined;
  }, { what: `an agent that serves the ${what}`, limitMs: 60_000, explain: () => seen });
}

/** The text of an endpoint; empty unless it is good. */
async function ask({ address }: AgentPod, path: string): Promise<string> {
  try {
    const response = await fetch(`http://${address}:8080${path}`);
    const text = await response.text();
    return response.ok ? text : "";
  } catch {
    return ""; // It does not listen yet.
  }
}

/**
 * Loses an agent while another one is left, and waits until that one has announced the server's address to
 * the clients of the first.
 */
async function takenOver(wire: Overhearing, lose: () => void | Promise<void>): Promise<void> {
  const startMs = Date.now();
  await lose();
  const announcement = await waitUntil(
    () => wire.announcements(SERVER_IP).find(({ atMs }) => atMs >= startMs),
    { what: "an announcement", limitMs: 30_000 },
  );
  report("agent lost to the announcement of another one", announcement.atMs - startMs);
}

async function killBothAgents(site: Site): Promise<number> {
  const pods = await twoAgents(site);
  for (const pod of pods) site.kill(pod);
  return await measure(
    "both agents killed to both ready",
    () => Promise.all(pods.map((pod) => restarted(site, pod))),
  );
}

async function losePower(site: Site, wire: Overhearing): Promise<void> {
  const [, lost] = await twoAgents(site);
  await measure("power off to replacement ready", async () => {
    await takenOver(wire, () => site.cluster.node(lost.node).powerOff());
    await replaced(site, lost);
  });
  await site.cluster.node(lost.node).powerOn();
  await measure("power on to node ready", () => site.cluster.untilNodesReady());
}

async function losePowerAndAgent(site: Site): Promise<number> {
  const [other, lost] = await twoAgents(site);
  await site.cluster.node(lost.node).powerOff();
  site.kill(other);
  const silenceMs = await measure("the other agent killed to ready", () => restarted(site, other));
  await replaced(site, lost);
  await site.cluster.node(lost.node).powerOn();
  await site.cluster.untilNodesReady();
  return silenceMs;
}

async function killAgent(site: Site, wire: Overhearing): Promise<void> {
  const [pod] = await twoAgents(site);
  await measure("agent killed to ready", async () => {
    await takenOver(wire, () => site.kill(pod));
    await restarted(site, pod);
  });
}

async function loseManagementLink(site: Site, wire: Overhearing): Promise<void> {
  const [lost] = await twoAgents(site);
  const node = site.cluster.node(lost.node);
  await node.setManagementLink("down");
  await site.restartController();
  await measure("link cut to replacement ready", () => replaced(site, lost));
  assert.ok(node.processesOf(lost.uid, "vm-dhcp agent").length > 0, "the lost agent lives on");
  await site.allRenew(wire);
  await node.setManagementLink("up");
  await measure("link back to old agent gone", () => gone(site, lost));
}

async function loseVmLink(site: Site, wire: Overhearing): Promise<void> {
  const [lost] = await twoAgents(site);
  await takenOver(wire, () => site.cluster.node(lost.node).setVmLink("down"));
  await site.allRenew(wire);
  await site.cluster.node(lost.node).setVmLink("up");
}

/** In the end the only agent that clients can reach is one that never saw the API server. */
async function loseApiServer(site: Site, wire: Overhearing): Promise<void> {
  const [pod, other] = await twoAgents(site);
  await site.cluster.controlPlane.stopApiServer();
  await site.restartController();
  site.kill(pod);
  await measure("agent killed to ready, from its snapshot", () => serves(pod, "snapshot"));
  await site.cluster.node(other.node).setVmLink("down");
  await site.allRenew(wire);
  await site.cluster.node(other.node).setVmLink("up");
  await new Promise((resolve) => setTimeout(resolve, ABSENCE_SECONDS * 1000));
  await site.cluster.controlPlane.restartApiServer();
  await measure("API server back to agent up to date", () => serves(pod, "present"));
}

/** Nobody answers for longer than a lease lasts here: clients may start over, and get the address that they had. */
async function loseBothNodes(site: Site): Promise<void> {
  const pods = await twoAgents(site);
  const nodes = pods.map(({ node }) => node);
  await Promise.all(nodes.map((node) => site.cluster.node(node).powerOff()));
  await measure(
    "both nodes off to an agent ready",
    () => site.agentsReady(1, ({ node }) => !nodes.includes(node)),
  );
  await measure("an agent ready to all clients served", () => site.everybodyHoldsItsAddress());
}

/** What the controller has read from agents, which hear each other's answers and announcements. */
async function checkNetwork(site: Site): Promise<void> {
  const condition = await waitUntil(async () => {
    const { status } = await site.kube.get("ippools", "ippool-1");
    const conditions = at(status, "conditions") as readonly JsonObject[];
    // While agents start, nothing is known.
    return conditions.find(({ type, status }) => type === "NetworkClear" && status !== "Unknown");
  }, {
    what: "the condition NetworkClear to be known",
    limitMs: 120_000,
    explain: () => site.controllerLog(),
  });
  const { status, reason, message } = condition;
  assert.deepEqual({ status, reason, message }, {
    status: "True",
    reason: "NothingSeen",
    message: "no agent has seen another host in the way lately",
  });
  const { body } = await site.cluster.api.send(
    "GET",
    "/apis/events.k8s.io/v1/namespaces/default/events",
  );
  const told = itemsOf(body).map(({ reason, note }) => `${reason}: ${note}`);
  const aboutHosts = /^(?:OtherServer|ServerAddressInUse|AddressConflict|UnknownClients):/;
  assert.deepEqual(told.filter((text) => aboutHosts.test(text)), []);
}

/** Both agents are asked through API server and kubelet: either may be the one that a client asked. */
async function explain({ machines: [machine], cluster }: Site): Promise<void> {
  const { kubeconfig } = cluster.controlPlane.access;
  const [program] = PROGRAMS.executable;
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: ["explain", "mac", machine!.mac, "--kubeconfig", kubeconfig],
    stdin: "null",
  }).output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert.match(text, new RegExp(` has ${machine!.address}, and last asked \\d+ s ago$`, "m"));
  assert.equal(code, 0, text);
}

type Outage = (site: Site, wire: Overhearing) => Promise<number | void>;

const OF_AGENTS: Readonly<Record<string, Outage>> = {
  "both agents are killed at once": killBothAgents,
  "the node of an agent loses its power": losePower,
  "the node of an agent loses its power, and the other agent is killed": losePowerAndAgent,
  "an agent is killed, and the other one goes on": killAgent,
};

const OF_MORE: Readonly<Record<string, Outage>> = {
  "the node of an agent loses its management link, and the controller is killed":
    loseManagementLink,
  "the node of an agent loses its link to the VM network": loseVmLink,
  "API server and controller are killed, an agent starts again, and the other is cut off":
    loseApiServer,
};

const NEEDS = [
  ...["nodes", "kube", "executable", "namespaces", "real root", "tshark"] as const,
  ...CLIENTS,
];

await integrationTest({
  name: "clients renew while parts of the system die",
  needs: NEEDS,
  run: async (context) => {
    await using site = await Site.start({ machines: 3 });
    await context.step("explain says when a client asked last", () => explain(site));
    for (const [name, act] of Object.entries(OF_AGENTS)) {
      await context.step(name, () => site.undisturbed((wire) => act(site, wire)));
    }
    await context.step(
      "agents that come and go do not take each other for strangers",
      () => checkNetwork(site),
    );
    for (const [name, act] of Object.entries(OF_MORE)) {
      await context.step(name, () => site.undisturbed((wire) => act(site, wire)));
    }
  },
});

/**
 * On a site of its own: after an outage of the API server it takes up to a minute until every node counts as ready
 * again (the back-off of client-go's watches in each kubelet), and no agent is placed on one that does not.
 */
await integrationTest({
  name: "clients get their addresses again when the nodes of all agents die",
  needs: NEEDS,
  run: async (context) => {
    await using site = await Site.start({ machines: 3 });
    await context.step("the nodes of both agents lose their power", () => loseBothNodes(site));
  },
});
