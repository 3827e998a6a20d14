/** Namespaces that go: they stay away whatever comes late, and say what holds them. */

import assert from "node:assert/strict";
import type { JsonObject } from "../../../lib/base/json.ts";
import { objectRules } from "../../support/apiserver/object_rules.ts";
import type { Condition, KubeObject, ResourceType } from "../../../lib/api/meta.ts";
import {
  IPPOOLS,
  NAMESPACES,
  NETWORK_ATTACHMENT_DEFINITIONS,
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
} from "../../../lib/api/resources.ts";
import { createInformers } from "../../../cmd/compose/informers.ts";
import { createController } from "../../../lib/controller/controller.ts";
import { isStatus, type KubeClient } from "../../../lib/kube/contract.ts";
import { createKubeClient } from "../../../lib/kube/client/rest_client.ts";
import { createEventRecorder } from "../../../lib/kube/events/event_recorder.ts";
import { createClock } from "../../../lib/sys/host/clock.ts";
import { at } from "../../support/apiserver/api_connection.ts";
import { readCrd } from "../../support/apiserver/crds.ts";
import { type EmbeddedApi, startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";
import { ippoolSample, vmnetcfgSample } from "../../support/apiserver/samples.ts";
import { gadget, GADGETS } from "../../support/kube/gadget.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import { RecordingLogger } from "../../support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../support/metrics/recording_registry.ts";

const LAB = "/api/v1/namespaces/lab";
const LAB_GADGETS = GADGETS.replace("default", "lab");

/** What a person deletes, in any order. */
const DELETIONS: Readonly<Record<string, readonly [ResourceType, string]>> = {
  vm: [VIRTUAL_MACHINE_NETWORK_CONFIGS, "test-vm"],
  pool: [IPPOOLS, "ippool-1"],
  network: [NETWORK_ATTACHMENT_DEFINITIONS, "net-48"],
  namespace: [NAMESPACES, "lab"],
};

const OBJECTS: readonly (readonly [ResourceType, KubeObject])[] = [
  [NETWORK_ATTACHMENT_DEFINITIONS, {
    apiVersion: "k8s.cni.cncf.io/v1",
    kind: "NetworkAttachmentDefinition",
    metadata: { name: "net-48", namespace: "lab" },
    spec: { config: "{}" },
  }],
  [
    IPPOOLS,
    ippoolSample({ metadata: { namespace: "lab" }, spec: { networkName: "lab/net-48" } }),
  ],
  [
    VIRTUAL_MACHINE_NETWORK_CONFIGS,
    vmnetcfgSample({
      metadata: { namespace: "lab" },
      spec: { networkConfigs: [{ macAddress: "fa:cf:8e:50:82:fc", networkName: "lab/net-48" }] },
    }),
  ],
];

function ordersOf<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item) =>
    ordersOf(items.filter((other) => other !== item)).map((rest) => [item, ...rest])
  );
}

interface Host extends AsyncDisposable {
  readonly api: EmbeddedApi;
  readonly client: KubeClient;
  /** Ends the controller, and sends the Events that still wait. */
  end(): Promise<void>;
}

/** API server, controller and recorder of Events, put together as in standalone. */
async function startHost(): Promise<Host> {
  const crds = [readCrd("ippool"), readCrd("virtualmachinenetworkconfig")];
  const api = await startEmbeddedApi({ crds, admission: objectRules });
  const parts = {
    clock: createClock(),
    random: Math.random,
    log: new RecordingLogger(),
    registry: new RecordingRegistry(),
    userAgent: "vm-dhcp-tests",
  };
  const client = createKubeClient({
    server: api.server.url,
    certificateAuthority: { text: api.credentials.cert },
    token: { text: api.credentials.token },
  }, parts);
  const informers = createInformers(client, parts);
  const recorder = createEventRecorder({ ...parts, client, reportingInstance: "test" });
  const agents = { observe: () => ({ ready: true, reason: "Serving", message: "" }) };
  const controller = createController({ ...parts, client, informers, recorder, agents });
  const stop = new AbortController();
  const done = Promise.all([controller.run(stop.signal), informers.run(stop.signal)]);
  const end = async () => {
    stop.abort();
    await done;
    await recorder.close();
  };
  const dispose = async () => {
    await end();
    client.close();
    await api[Symbol.asyncDispose]();
  };
  return { api, client, end, [Symbol.asyncDispose]: dispose };
}

async function isAllocated(api: EmbeddedApi): Promise<boolean> {
  const path = "/apis/network.harvesterhci.io/v1alpha1/namespaces/lab/ippools/ippool-1";
  const { body } = await api.send("GET", path);
  return JSON.stringify(at(body, "status.ipv4.allocated") ?? {}).includes("fa:cf:8e:50:82:fc");
}

async function statusOf(api: EmbeddedApi, path: string): Promise<number> {
  return (await api.send("GET", path)).status;
}

for (const order of ordersOf(Object.keys(DELETIONS))) {
  Deno.test(`a namespace stays away after the deletion of ${order.join(", ")}`, async () => {
    await using host = await startHost();
    const { api, client } = host;
    for (const [type, object] of OBJECTS) await client.create(type, object);
    await waitUntil(async () => await isAllocated(api) || undefined, { what: "an address" });
    for (const what of order) {
      const [type, name] = DELETIONS[what]!;
      const namespace = type.namespaced ? "lab" : "";
      await client.delete(type, { namespace, name }).catch((error) => {
        if (!isStatus(error, 404)) throw error;
      });
    }
    await waitUntil(async () => await statusOf(api, LAB) === 404 || undefined, {
      what: "the namespace to go",
    });
    await host.end();
    assert.equal(await statusOf(api, LAB), 404);
    assert.deepEqual(
      (await api.send("GET", "/api/v1/events?fieldSelector=metadata.namespace=lab")).body["items"],
      [],
    );
  });
}

/** Writes into a namespace that does not exist. */
const FIRST_WRITES:
  readonly (readonly [what: string, path: string, body: JsonObject, makesIt: boolean])[] = [
    ["a Gadget", LAB_GADGETS, gadget("a"), true],
    ["a Secret", `${LAB}/secrets`, { metadata: { name: "s" } }, true],
    ["an Event", `${LAB}/events`, {
      metadata: { name: "e" },
      involvedObject: { kind: "Gadget", namespace: "lab", name: "a" },
    }, false],
    ["an Event of events.k8s.io", "/apis/events.k8s.io/v1/namespaces/lab/events", {
      metadata: { name: "e" },
      regarding: { kind: "Gadget", namespace: "lab", name: "a" },
    }, false],
    [
      "a Lease",
      "/apis/coordination.k8s.io/v1/namespaces/lab/leases",
      { metadata: { name: "l" }, spec: {} },
      false,
    ],
  ];

for (const [what, path, body, makesIt] of FIRST_WRITES) {
  Deno.test(`${what} ${makesIt ? "makes" : "does not make"} the namespace that it is written to`, async () => {
    await using api = await startEmbeddedApi();
    for (const query of ["?dryRun=All", ""]) {
      const answer = await api.send("POST", `${path}${query}`, { body });
      assert.equal(answer.status, makesIt ? 201 : 404, answer.text);
      if (!makesIt) assert.equal(answer.body["message"], 'namespaces "lab" not found');
    }
    assert.equal(await statusOf(api, LAB), makesIt ? 200 : 404);
  });
}

function conditionsOf(body: JsonObject): Record<string, string> {
  const conditions = at(body, "status.conditions") as readonly Condition[] | undefined ?? [];
  return Object.fromEntries(
    conditions.map(({ type, status, message }) => [type, `${status}: ${message}`]),
  );
}

Deno.test("a namespace that cannot go says in its conditions what is left and what holds it", async () => {
  await using api = await startEmbeddedApi();
  for (const name of ["a", "b"]) {
    const metadata = {
      name,
      finalizers: ["example.com/x", "example.com/y"].slice(name === "a" ? 0 : 1),
    };
    await api.send("POST", LAB_GADGETS, { body: { ...gadget(name), metadata } });
  }
  await api.send("POST", `${LAB}/secrets`, { body: { metadata: { name: "s" } } });
  await api.send("DELETE", LAB);
  const { body } = await api.send("GET", LAB);
  assert.deepEqual(conditionsOf(body), {
    NamespaceDeletionDiscoveryFailure: "False: All resources successfully discovered",
    NamespaceDeletionGroupVersionParsingFailure: "False: All legacy kube types successfully parsed",
    NamespaceDeletionContentFailure:
      "False: All content successfully deleted, may be waiting on finalization",
    NamespaceContentRemaining:
      "True: Some resources are remaining: gadgets.test.example.com has 2 resource instances",
    NamespaceFinalizersRemaining: "True: Some content in the namespace has finalizers remaining: " +
      "example.com/x in 1 resource instances, example.com/y in 2 resource instances",
  });
  await api.mergePatch(`${LAB_GADGETS}/a`, { metadata: { finalizers: null } });
  await waitUntil(async () => {
    const { NamespaceContentRemaining: left } = conditionsOf((await api.send("GET", LAB)).body);
    return left?.endsWith("has 1 resource instances") || undefined;
  }, { what: "the condition to follow" });
  await api.mergePatch(`${LAB_GADGETS}/b`, { metadata: { finalizers: null } });
  assert.equal(await statusOf(api, LAB), 404);
});

Deno.test("a change of a namespace that is being deleted does not remove it before its content", async () => {
  await using api = await startEmbeddedApi();
  const metadata = { name: "held", finalizers: ["example.com/x"] };
  await api.send("POST", LAB_GADGETS, { body: { ...gadget("held"), metadata } });
  await api.send("DELETE", LAB);
  await api.mergePatch(LAB, { metadata: { labels: { a: "b" } }, spec: null });
  await api.mergePatch(`${LAB}/status`, { status: { phase: "Active" } });
  const { body } = await api.send("GET", LAB);
  assert.equal(at(body, "status.phase"), "Terminating");
  assert.deepEqual(at(body, "spec.finalizers"), ["kubernetes"]);
  assert.deepEqual(at(body, "metadata.labels"), { a: "b", "kubernetes.io/metadata.name": "lab" });
  assert.equal((await api.send("POST", LAB_GADGETS, { body: gadget("b") })).status, 403);
  await api.mergePatch(`${LAB_GADGETS}/held`, { metadata: { finalizers: null } });
  assert.equal(await statusOf(api, LAB), 404);
});

Deno.test("a namespace with a finalizer of its own goes with its content and that finalizer", async () => {
  await using api = await startEmbeddedApi();
  const body = { metadata: { name: "lab", finalizers: ["example.com/x"] } };
  await api.send("POST", "/api/v1/namespaces", { body });
  await api.send("POST", LAB_GADGETS, { body: gadget("a") });
  await api.send("DELETE", LAB);
  assert.equal(await statusOf(api, `${LAB_GADGETS}/a`), 404);
  assert.equal(
    conditionsOf((await api.send("GET", LAB)).body)["NamespaceContentRemaining"],
    "False: All content successfully removed",
  );
  await api.mergePatch(LAB, { metadata: { finalizers: null } });
  assert.equal(await statusOf(api, LAB), 404);
});

Deno.test("a chain of owners of any length goes with its first", async () => {
  await using api = await startEmbeddedApi();
  const length = 3000;
  let ownerReferences: readonly JsonObject[] = [];
  for (let i = 0; i < length; i++) {
    const body = { ...gadget(`g${i}`), metadata: { name: `g${i}`, ownerReferences } };
    const { body: made } = await api.send("POST", GADGETS, { body });
    const { apiVersion, kind } = made;
    ownerReferences = [{ apiVersion, kind, name: `g${i}`, uid: at(made, "metadata.uid") }];
  }
  assert.equal((await api.send("DELETE", `${GADGETS}/g0`)).status, 200);
  assert.deepEqual((await api.send("GET", GADGETS)).body["items"], []);
});
