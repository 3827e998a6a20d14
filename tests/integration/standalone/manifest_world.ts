/** The embedded API server as manifests are applied to it, for tests. */

import assert from "node:assert/strict";
import { standaloneAdmission } from "../../../cmd/compose/standalone/standalone_admission.ts";
import type { Admission } from "../../../lib/apiserver/request/admission.ts";
import type { StoredObjects } from "../../../lib/apiserver/stored_objects.ts";
import type { KubeObject, ResourceType } from "../../../lib/api/meta.ts";
import type { KubeClient } from "../../../lib/kube/contract.ts";
import { createInProcessClient, createKubeClient } from "../../../lib/kube/client/rest_client.ts";
import { type AppliedManifests, applyManifests } from "../../../lib/manifests/apply_manifests.ts";
import { ManifestError } from "../../../lib/manifests/manifest_error.ts";
import { createClock } from "../../../lib/sys/host/clock.ts";
import { readCrd } from "../../support/apiserver/crds.ts";
import { startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";
import { ippoolSample } from "../../support/apiserver/samples.ts";
import { ApiFaults } from "../../support/apiserver/api_faults.ts";
import { RecordingLogger } from "../../support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../support/metrics/recording_registry.ts";

const POOLS = "/apis/network.harvesterhci.io/v1alpha1/namespaces/default/ippools";

interface World {
  readonly faults: ApiFaults;
  /** Requests so far, such as `replace ippools`. */
  readonly sent: string[];
  /** Writes the documents to a file and applies it. */
  apply(...documents: readonly KubeObject[]): Promise<readonly string[]>;
  /** As `apply()`, and removes objects whose documents are gone. */
  prune(...documents: readonly KubeObject[]): Promise<AppliedManifests>;
  /** Stores an object as kubectl does. */
  create(type: ResourceType, object: KubeObject): Promise<void>;
  /** Takes the finalizers of an object away. */
  finish(type: ResourceType, name: string): Promise<void>;
  /** Names of the pools that are stored, and their first DNS server. */
  pools(): Promise<string[]>;
}

function rules(stored: StoredObjects): Admission {
  return standaloneAdmission(stored, () => {});
}

/** Registers a test with an API server and files of manifests. */
export function manifestTest(name: string, test: (world: World) => Promise<void>): void {
  Deno.test(name, async () => {
    const faults = new ApiFaults();
    const crds = [readCrd("ippool"), readCrd("virtualmachinenetworkconfig")];
    await using api = await startEmbeddedApi({ crds, admission: rules, faults });
    const parts = {
      userAgent: "vm-dhcp/0.0.0 (test) test",
      clock: createClock(),
      random: Math.random,
      log: new RecordingLogger(),
      registry: new RecordingRegistry(),
    };
    const client = createKubeClient({
      server: api.server.url,
      certificateAuthority: { text: api.credentials.cert },
      token: { text: api.credentials.token },
    }, parts);
    using cleanUp = new DisposableStack();
    cleanUp.defer(() => client.close());
    const file = `${api.folder}/all.yaml`;
    const sent: string[] = [];
    const target = {
      client: recording(client, sent),
      // However busy the machine is, no time passes while objects are awaited.
      clock: { ...parts.clock, monotonicMs: () => 0 },
      rehearse: async () => {
        const copy = await api.server.rehearsal(rules);
        const client = createInProcessClient(copy.handle, parts);
        return { client, [Symbol.asyncDispose]: () => copy.close() };
      },
    };
    const apply = async (documents: readonly KubeObject[], prune: boolean) => {
      const texts = documents.map((document) => JSON.stringify(document, null, 2));
      await Deno.writeTextFile(file, texts.join("\n---\n"));
      const { signal } = new AbortController();
      return await applyManifests(target, { paths: [file], prune, signal });
    };
    await test({
      faults,
      sent,
      apply: async (...documents) => (await apply(documents, false)).written,
      prune: (...documents) => apply(documents, true),
      create: async (type, object) => void await client.create(type, object),
      finish: async (type, name) => {
        const object = await client.get(type, { namespace: "default", name });
        await client.replace(type, { ...object, metadata: { ...object.metadata, finalizers: [] } });
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
    delete: noted("delete", client.delete),
  });
}

type Pool = KubeObject & { readonly spec: { readonly ipv4Config: { readonly dns: string[] } } };

/** A pool of a network of its own. */
export function pool(name: string, dns = "1.1.1.1"): KubeObject {
  const spec = { networkName: `default/${name}` };
  return ippoolSample({ metadata: { name }, spec, ipv4Config: { dns: [dns] } });
}

/** The error of manifests that have to be refused. */
export async function refusalOf(applied: Promise<unknown>): Promise<ManifestError> {
  const error = await applied.then(() => undefined, (error) => error);
  assert.ok(error instanceof ManifestError, `not refused: ${error}`);
  return error;
}
