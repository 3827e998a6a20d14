/** What users notice while agents are replaced on purpose, and what agents may and say. */

import assert from "node:assert/strict";
import type { JsonObject } from "../../lib/base/json.ts";
import { ApiConnection, at } from "../support/apiserver/api_connection.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { waitUntil } from "../support/harness/wait_until.ts";
import { commandIn, runIn } from "../support/network/network_namespace.ts";
import { NEXT_IMAGE } from "../support/nodes/node_cluster.ts";
import { AGENT } from "./agent_pods.ts";
import { makeBareAgent } from "./bare_agent.ts";
import { type Message, Overhearing } from "./exchanges.ts";
import { measure } from "./measure.ts";
import { CLIENTS, type Machine } from "./machines.ts";
import { DEPLOYING, SERVER_IP, Site } from "./site.ts";
import { WireFields } from "./wire_fields.ts";

/** Waits until two agents are ready and nothing else is left of what was there before. */
async function settled(site: Site, image?: string): Promise<void> {
  await waitUntil(async () => {
    const pods = await site.agents();
    const isSettled = pods.length === 2 && pods.every((pod) => pod.isReady && pod.name !== AGENT) &&
      (image === undefined || pods.every((pod) => pod.image === image));
    return isSettled || undefined;
  }, {
    what: "two agents and no other",
    limitMs: 120_000,
    explain: async () => `${JSON.stringify(await site.agents(), null, 1)}\n${site.controllerLog()}`,
  });
}

/** Times of the election with which the next controller does not have to wait long. */
const SHORT_LEASE = [
  "--leader-elect-lease-duration=12s",
  "--leader-elect-renew-deadline=8s",
  "--leader-elect-retry-period=1s",
];

/** The controller is killed when it has made the Deployment, and has not deleted the bare Pod yet. */
async function takeOver(site: Site): Promise<void> {
  const args = [...DEPLOYING, ...SHORT_LEASE];
  await site.replaceController(args);
  await measure("controller started to bare pod replaced by two agents", async () => {
    await waitUntil(async () => {
      const path = `/apis/apps/v1/namespaces/default/deployments/${AGENT}`;
      return (await site.cluster.api.send("GET", path)).status === 200 || undefined;
    }, { what: "the Deployment", limitMs: 60_000, explain: () => site.controllerLog() });
    await site.restartController(args);
    const pods = await site.agents();
    assert.ok(pods.some(({ name }) => name === AGENT), "the bare Pod is there");
    await settled(site);
  });
}

async function upgrade(site: Site): Promise<void> {
  await site.replaceController(["--image", NEXT_IMAGE]);
  await measure(
    "controller with another image started to both agents replaced",
    () => settled(site, NEXT_IMAGE),
  );
}

/** What agents said to each question of a client: the first answer may bring up the next question. */
function answersByQuestion(messages: readonly Message[]): readonly (readonly Message[])[] {
  const latest = new Map<string, Message[]>();
  const all: Message[][] = [];
  for (const message of messages) {
    const { client, type } = message;
    if (type === "DISCOVER" || type === "REQUEST") {
      const answers: Message[] = [];
      latest.set(`${client} ${type === "DISCOVER" ? "OFFER" : "ACK"}`, answers);
      all.push(answers);
    }
    latest.get(`${client} ${type}`)?.push(message);
  }
  return all;
}

/** All machines boot again, and hear two agents that say the same. */
async function bootBesideTwoAgents(site: Site): Promise<void> {
  await using wire = await Overhearing.start(site.cluster.vmNetwork.name);
  const startMs = Date.now();
  await Promise.all(site.machines.map(({ client }) => client.reboot()));
  await site.everybodyHoldsItsAddress();
  await site.allRenew(wire, startMs);
  const messages = wire.messages();
  const answers = answersByQuestion(messages);
  const pairs = answers.filter((said) => new Set(said.map(({ from }) => from)).size > 1);
  assert.ok(pairs.length >= site.machines.length, `${pairs.length} questions had two answers`);
  for (const said of pairs) {
    assert.equal(new Set(said.map(({ payload }) => payload)).size, 1, JSON.stringify(said));
  }
  assert.ok(!messages.some(({ type }) => type === "NAK" || type === "DECLINE"));
}

/** A machine that looks for the server hears each agent's MAC address, and reaches one of them. */
async function lookForServer(site: Site): Promise<void> {
  const [{ client: { nic }, mac }] = site.machines as [Machine];
  await using arp = await WireFields.start(site.cluster.vmNetwork.name, {
    filter: "arp",
    fields: ["arp.opcode", "arp.src.proto_ipv4", "arp.src.hw_mac", "arp.dst.hw_mac"],
  });
  const answers = () =>
    arp.rows().filter(([opcode, address, , asker]) =>
      opcode === "2" && address === SERVER_IP && asker === mac
    );
  const pings: string[] = [];
  let isReached = false;
  await waitUntil(async () => {
    await runIn(nic.place, "ip", "neighbour", "flush", "dev", nic.interfaceName);
    // A ping that is lost says nothing, and the next one asks anew.
    const ping = commandIn(nic.place, ["ping", "-c", "1", "-w", "2", SERVER_IP]);
    const { success, stdout } = await ping.output();
    isReached ||= success;
    pings.push(new TextDecoder().decode(stdout));
    const heard = new Set(answers().map(([, , from]) => from));
    return isReached && heard.size === 2 || undefined;
  }, {
    what: "the answers of two agents",
    explain: async () => {
      const neighbours = await runIn(nic.place, "ip", "neighbour");
      return [JSON.stringify(arp.rows()), neighbours, ...pings.slice(-3)].join("\n");
    },
  });
}

/** The rules of an agent's account in a namespace, without those that every account has. */
async function rulesOf(site: Site, account: string, namespace: string): Promise<readonly string[]> {
  const accounts = "/api/v1/namespaces/default/serviceaccounts";
  const { body: token } = await site.cluster.api.send("POST", `${accounts}/${account}/token`, {
    body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} },
  });
  using api = new ApiConnection({
    ...site.cluster.controlPlane.access,
    token: String(at(token, "status.token")),
  });
  const path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
  const { body } = await api.send("POST", path, {
    body: {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectRulesReview",
      spec: { namespace },
    },
  });
  const rules = at(body, "status.resourceRules") as readonly JsonObject[];
  return rules.map(({ verbs, apiGroups, resources, resourceNames }) =>
    [verbs, apiGroups, resources, resourceNames ?? []].map((each) =>
      [...each as readonly string[]].sort().join()
    ).join(" ")
  ).sort();
}

async function checkRights(site: Site): Promise<void> {
  await site.cluster.api.send("POST", "/api/v1/namespaces/default/serviceaccounts", {
    body: { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "nobody" } },
  });
  const own = "get,list,watch network.harvesterhci.io ippools ippool-1";
  for (const namespace of ["default", "kube-system"]) {
    const common = await rulesOf(site, "nobody", namespace);
    const more = (await rulesOf(site, AGENT, namespace)).filter((rule) => !common.includes(rule));
    assert.deepEqual(more, namespace === "default" ? [own] : [], namespace);
    // Otherwise the comparison would hide what agents may do.
    assert.ok(common.every((rule) => rule.startsWith("create auth")), common.join("\n"));
  }
}

await integrationTest({
  name: "clients renew while agents are replaced",
  needs: ["nodes", "kube", "executable", "namespaces", "real root", "ping", "tshark", ...CLIENTS],
  run: async (context) => {
    await using site = await Site.start({ machines: 2, bareAgent: makeBareAgent });
    await context.step(
      "the bare pod of the Go version is replaced without a gap, though the controller is killed meanwhile",
      async () => {
        await site.undisturbed(() => takeOver(site));
      },
    );
    await context.step("an agent may read its pool and nothing else", () => checkRights(site));
    await context.step("two agents say the same", () => bootBesideTwoAgents(site));
    await context.step("both agents answer ARP", () => lookForServer(site));
    await context.step("another image is rolled out without a gap", async () => {
      await site.undisturbed(() => upgrade(site));
    });
  },
});
