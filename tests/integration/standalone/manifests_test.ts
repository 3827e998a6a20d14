/** Manifest files against the embedded API server, as standalone applies them. */

import assert from "node:assert/strict";
import { objectRules } from "../../support/apiserver/object_rules.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import type { KubeObject, ResourceType } from "../../../lib/api/meta.ts";
import type { KubeClient } from "../../../lib/kube/contract.ts";
import { createKubeClient } from "../../../lib/kube/client/rest_client.ts";
import { applyManifests, ManifestError } from "../../../lib/manifests/apply_manifests.ts";
import { createClock } from "../../../lib/sys/host/clock.ts";
import { readCrd } from "../../support/apiserver/crds.ts";
import { startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";
import { ippoolSample, vmnetcfgSample } from "../../support/apiserver/samples.ts";
import { ApiFaults, refuse } from "../../support/apiserver/api_faults.ts";
import { RecordingLogger } from "../../support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../support/metrics/recording_registry.ts";

const POOLS = "/apis/network.harvesterhci.io/v1alpha1/namespaces/default/ippools";

interface World {
  readonly faults: ApiFaults;
  /** Requests so far, such as `replace ippools`. */
  readonly sent: string[];
  /** Writes the documents to a file and applies it. */
  apply(...documents: readonly KubeObject[]): Promise<readonly string[]>;
  /** Names of the pools that are stored, and their first DNS server. */
  pools(): Promise<string[]>;
}

function manifestTest(name: string, test: (world: World) => Promise<void>): void {
  Deno.test(name, async () => {
    const faults = new ApiFaults();
    const crds = [readCrd("ippool"), readCrd("virtualmachinenetworkconfig")];
    await using api = await startEmbeddedApi({ crds, admission: objectRules, faults });
    const client = createKubeClient({
      server: api.server.url,
      certificateAuthority: { text: api.credentials.cert },
      token: { text: api.credentials.token },
    }, {
      userAgent: "vm-dhcp/0.0.0 (test) test",
      clock: createClock(),
      random: Math.random,
      log: new RecordingLogger(),
      registry: new RecordingRegistry(),
    });
    using cleanUp = new DisposableStack();
    cleanUp.defer(() => client.close());
    const file = `${api.folder}/all.yaml`;
    const sent: string[] = [];
    await test({
      faults,
      sent,
      apply: async (...documents) => {
        const texts = documents.map((document) => JSON.stringify(document, null, 2));
        await Deno.writeTextFile(file, texts.join("\n---\n"));
        const { signal } = new AbortController();
        return (await applyManifests(recording(client, sent), [file], signal)).written;
      },
      pools: async () => {
        const { body } = await api.send("GET", POOLS);
        const items = body["items"] as Pool[];
        return items.map(({ metadata, spec }) => `${metadata.name} ${spec.ipv4Config.dns[0]}`);
      },
    });
  });
}

/** The client, with a note of what each request does to which kind. */
function recording(client: KubeClient, sent: string[]): KubeClient {
  const noted = <A extends [ResourceType, ...unknown[]], R>(
    verb: string,
    call: (...args: A) => R,
  ) =>
  (...args: A): R => {
    sent.push(`${verb} ${args[0].plural}`);
    return call.apply(client, args);
  };
  return Object.assign(Object.create(client), {
    get: noted("get", client.get),
    list: noted("list", client.list),
    create: noted("create", client.create),
    replace: noted("replace", client.replace),
  });
}

type Pool = KubeObject & { readonly spec: { readonly ipv4Config: { readonly dns: string[] } } };

function pool(name: string, dns = "1.1.1.1"): KubeObject {
  return ippoolSample({ metadata: { name }, ipv4Config: { dns: [dns] } });
}

async function refusalOf(applied: Promise<readonly string[]>): Promise<ManifestError> {
  const error = await applied.then(() => undefined, (error) => error);
  assert.ok(error instanceof ManifestError, `not refused: ${error}`);
  return error;
}

manifestTest("manifests with one wrong document change nothing", async ({ apply, pools }) => {
  await apply(pool("a"));
  const { message, applied } = await refusalOf(apply(pool("a", "9.9.9.9"), pool("b", "bad")));
  assert.match(message, /^manifests are wrong, nothing is applied:\n.*all\.yaml:\d+: spec\.ipv4/);
  assert.deepEqual(applied, []);
  assert.deepEqual(await pools(), ["a 1.1.1.1"]);
});

for (const isThere of [false, true]) {
  manifestTest(
    `an unknown field is told with its line, ${
      isThere ? "also" : "not only"
    } of an object that is there`,
    async (world) => {
      const { apply, pools } = world;
      if (isThere) await apply(pool("a"));
      const ipv4Config = { leaseTime: undefined, leaseTme: 300 };
      const { message } = await refusalOf(
        apply(ippoolSample({ metadata: { name: "a" }, ipv4Config })),
      );
      const line =
        /all\.yaml:\d+: spec\.ipv4Config\.leaseTme: unknown field "leaseTme", did you mean "leaseTime"\?$/;
      assert.match(message, line);
      assert.equal((await pools()).length, isThere ? 1 : 0);
    },
  );
}

manifestTest("unknown fields of networks and namespaces are told as well", async ({ apply }) => {
  const named = (kind: string, apiVersion: string, spec: JsonObject) =>
    ({ apiVersion, kind, metadata: { name: "x" }, spec }) as KubeObject;
  const { message } = await refusalOf(apply(
    named("NetworkAttachmentDefinition", "k8s.cni.cncf.io/v1", { confg: "{}" }),
    named("Namespace", "v1", { finaliser: [] }),
  ));
  assert.match(message, /spec\.confg: unknown field "confg", did you mean "config"\?\n/);
  assert.match(message, /spec\.finaliser: unknown field "finaliser"/);
});

manifestTest("a write that fails is told with what was applied before", async (world) => {
  const { apply, faults, pools } = world;
  const documents = [pool("a"), pool("b"), pool("c")];
  const checks = documents.map(() => undefined);
  faults.on("POST ippools", ...checks, undefined, refuse(500));
  const { message, applied } = await refusalOf(apply(...documents));
  assert.deepEqual(applied, ["IPPool default/a"]);
  assert.deepEqual(message.replaceAll(/\/\S*\/all/g, "all").split("\n"), [
    "manifests are applied in part:",
    "all.yaml:37: IPPool default/b: injected 500",
    "applied: IPPool default/a",
    "not applied: IPPool default/b, IPPool default/c",
  ]);
  assert.deepEqual(await pools(), ["a 1.1.1.1"]);
  assert.deepEqual(await apply(...documents), ["IPPool default/b", "IPPool default/c"]);
  assert.deepEqual(await pools(), ["a 1.1.1.1", "b 1.1.1.1", "c 1.1.1.1"]);
});

manifestTest("a first write that fails is told as such", async ({ apply, faults, pools }) => {
  faults.on("POST ippools", undefined, undefined, refuse(500));
  const { message, applied } = await refusalOf(apply(pool("a"), pool("b")));
  assert.match(message, /^manifests are not applied:\n.*\nnot applied: .*a, .*b$/);
  assert.deepEqual(applied, []);
  assert.deepEqual(await pools(), []);
});

manifestTest("a write that meets a conflict is done again", async ({ apply, faults, pools }) => {
  await apply(pool("a"), pool("b"));
  faults.on("PUT ippools", undefined, undefined, refuse(409), refuse(409));
  await apply(pool("a", "9.9.9.9"), pool("b", "9.9.9.9"));
  assert.deepEqual(await pools(), ["a 9.9.9.9", "b 9.9.9.9"]);
  assert.equal(faults.pending, 0);
});

manifestTest("an object that changes all the time is told", async ({ apply, faults, pools }) => {
  await apply(pool("a"), pool("b"));
  const conflicts = Array.from({ length: 5 }, () => refuse(409));
  faults.on("PUT ippools", undefined, undefined, undefined, ...conflicts);
  const { applied } = await refusalOf(apply(pool("a", "9.9.9.9"), pool("b", "9.9.9.9")));
  assert.deepEqual(applied, ["IPPool default/a"]);
  assert.deepEqual(await pools(), ["a 9.9.9.9", "b 1.1.1.1"]);
});

manifestTest("unchanged manifests cost one list of each kind and nothing else", async (world) => {
  const { apply, sent } = world;
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "lab" } };
  const documents = [...Array.from({ length: 50 }, (_, i) => pool(`p${i}`)), namespace];
  assert.equal((await apply(...documents)).length, 51);
  sent.length = 0;
  assert.deepEqual(await apply(...documents), []);
  // What a namespace has by itself, only the API can tell.
  assert.deepEqual(sent, ["list ippools", "list namespaces", "replace namespaces"]);
  sent.length = 0;
  assert.deepEqual(await apply(...documents.slice(1), pool("p0", "9.9.9.9")), [
    "IPPool default/p0",
  ]);
  assert.equal(sent.filter((each) => each === "replace ippools").length, 2);
});

manifestTest("documents may depend on each other, in any order", async ({ apply, pools }) => {
  const network = {
    apiVersion: "k8s.cni.cncf.io/v1",
    kind: "NetworkAttachmentDefinition",
    metadata: { name: "net-48", namespace: "lab" },
    spec: { config: "{}" },
  };
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "lab" } };
  const networkName = { networkName: "lab/net-48" };
  const configs = [{ ...networkName, macAddress: "fa:cf:8e:50:82:fc" }];
  assert.deepEqual(
    await apply(
      vmnetcfgSample({ spec: { networkConfigs: configs } }),
      ippoolSample({ spec: networkName }),
      network,
      namespace,
    ),
    [
      "VirtualMachineNetworkConfig default/test-vm",
      "IPPool default/ippool-1",
      "NetworkAttachmentDefinition lab/net-48",
      "Namespace lab",
    ],
  );
  assert.deepEqual(await pools(), ["ippool-1 1.1.1.1"]);
});
