/** `kubectl apply -f examples/` against a real kube-apiserver that asks the webhook. */

import assert from "node:assert/strict";
import { parseAllDocuments } from "yaml";
import type { Condition, KubeObject } from "../../lib/api/meta.ts";
import { IPPOOLS, VIRTUAL_MACHINE_NETWORK_CONFIGS } from "../../lib/api/resources.ts";
import { type Answer, at } from "../support/apiserver/api_connection.ts";
import { clusterAccessOf } from "../support/cluster/cluster_access.ts";
import { ControllerWorld } from "../support/controller/controller_world.ts";
import { waitUntil } from "../support/harness/wait_until.ts";
import { networkOf, NETWORKS, POOLS, VMNETCFGS, type WebhookCluster } from "./webhook_cluster.ts";

const EXAMPLES = new URL("../../examples/", import.meta.url);

/** Conditions that are false when all is well. */
const FALSE_WHEN_WELL = ["Stopped", "Disabled"];

/** What `kubectl apply -f examples/` sends: the files of the folder, without folders in it. */
function readExamples(): readonly KubeObject[] {
  return [...Deno.readDirSync(EXAMPLES)].filter(({ name }) => name.endsWith(".yaml"))
    .flatMap(({ name }) => parseAllDocuments(Deno.readTextFileSync(new URL(name, EXAMPLES))))
    .map((document) => document.toJS() as KubeObject);
}

function applyTo(
  { api }: WebhookCluster,
  object: KubeObject,
  query: string,
): Promise<Answer> {
  const path = object.kind === "IPPool" ? POOLS : VMNETCFGS;
  return api.send(
    "PATCH",
    `${path}/${object.metadata.name}?fieldManager=kubectl&fieldValidation=Strict${query}`,
    { body: object, headers: { "content-type": "application/apply-patch+yaml" } },
  );
}

/** What an answer says that it should not: nothing of an object that is taken without a word. */
function complaintOf({ status, text, headers }: Answer): string | undefined {
  return status === 201 ? headers.get("warning") ?? undefined : text;
}

/** The networks of the examples, in the place of those that other cases have left. */
async function makeNetworks(setup: WebhookCluster, objects: readonly KubeObject[]): Promise<void> {
  const names = JSON.stringify(objects).matchAll(/"networkName":"default\/([^"]+)"/g);
  for (const name of new Set([...names].map(([, name]) => name!))) {
    await setup.api.send("DELETE", `${NETWORKS}/${name}`);
    await setup.make(NETWORKS, networkOf(name));
  }
}

/** Conditions that do not say that all is well, such as `Ready False Paused`. */
function faultsOf(object: KubeObject): readonly string[] {
  const conditions = (at(object, "status.conditions") ?? []) as readonly Condition[];
  const faults = conditions.filter(({ type, status }) =>
    status !== (FALSE_WHEN_WELL.includes(type) ? "False" : "True")
  );
  return conditions.some(({ type }) => type === "Ready")
    ? faults.map(({ type, status, reason }) => `${type} ${status} ${reason}`)
    : ["no condition Ready"];
}

/** The API server takes the examples without a word, and a controller finds them all well. */
export async function appliesExamples(setup: WebhookCluster): Promise<void> {
  const objects = readExamples();
  assert.ok(objects.length > 5, "there are no examples");
  await makeNetworks(setup, objects);
  for (const object of objects) {
    const what = `${object.kind} ${object.metadata.name}`;
    // The networks come to the webhook's cache a moment after they were made.
    let complaint: string | undefined;
    await waitUntil(async () => {
      complaint = complaintOf(await applyTo(setup, object, "&dryRun=All"));
      return complaint === undefined || undefined;
    }, { what: `${what} to be admitted`, explain: () => complaint ?? "" });
    assert.equal(complaintOf(await applyTo(setup, object, "")), undefined, what);
  }
  await using world = new ControllerWorld(clusterAccessOf(setup.plane.access), "default");
  await world.start();
  for (const { kind, metadata } of objects) {
    const type = kind === "IPPool" ? IPPOOLS : VIRTUAL_MACHINE_NETWORK_CONFIGS;
    await world.until(type, metadata.name, {
      what: `${kind} ${metadata.name} to be well`,
      holds: (object) => faultsOf(object).length === 0,
    });
  }
}
