/**
 * A write of a large object: it is answered with no more than metadata where the API server can do that,
 * and the watch's line of it is recognised, unless the server stored something else.
 */

import assert from "node:assert/strict";
import type { JsonObject } from "../../../lib/base/json.ts";
import type { KubeObject } from "../../../lib/api/meta.ts";
import { IPPOOLS } from "../../../lib/api/resources.ts";
import { FreshCache } from "../../../lib/controller/runtime/fresh_cache.ts";
import { ObjectWriter } from "../../../lib/controller/runtime/object_writer.ts";
import { createInformer } from "../../../lib/kube/cache/informer.ts";
import { createKubeClient } from "../../../lib/kube/client/rest_client.ts";
import type { ClusterAccess } from "../../../lib/kube/access/cluster_access.ts";
import { createClock } from "../../../lib/sys/host/clock.ts";
import { readCrd } from "../../support/apiserver/crds.ts";
import { startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";
import { ippoolSample } from "../../support/apiserver/samples.ts";
import { clusterAccessOf, makeNamespace } from "../../support/cluster/cluster_access.ts";
import { sharedControlPlane } from "../../support/cluster/shared_control_plane.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import { RecordingLogger } from "../../support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../support/metrics/recording_registry.ts";

const ENTRIES = 2000;

const ALLOCATED = Object.fromEntries(
  Array.from({ length: ENTRIES }, (_, i) => [`10.0.${i >> 8}.${i & 255}`, "52:54:00:00:00:01"]),
);

function statusOf(used: number, more: JsonObject = {}): JsonObject {
  const condition = {
    type: "Ready",
    status: "True",
    reason: "Ready",
    message: `"${used}" < 5 & > 1, ü`,
    lastTransitionTime: "2026-01-01T00:00:00Z",
  };
  return {
    conditions: [condition],
    ipv4: { allocated: ALLOCATED, used, available: 0, ...more },
  };
}

async function writeAndWatch(access: ClusterAccess, namespace: string): Promise<void> {
  const [log, registry, clock] = [new RecordingLogger(), new RecordingRegistry(), createClock()];
  const parts = { log, registry, clock, random: Math.random };
  const client = createKubeClient(access, { ...parts, userAgent: "vm-dhcp/0.0.0 (test) test" });
  /** Versions that were read, not recognised. */
  const read: (string | undefined)[] = [];
  const parse = (raw: unknown) => ({ ok: true, value: raw as KubeObject }) as const;
  const informer = createInformer({
    ...parts,
    client,
    type: IPPOOLS,
    namespace,
    convert: (object) => {
      read.push(object.metadata.resourceVersion);
      return { object, parsed: parse(object) };
    },
  });
  const stop = new AbortController();
  const writer = new ObjectWriter(client, IPPOOLS, new FreshCache(informer, parse), {
    record: () => {},
  });
  const own: boolean[] = [];
  writer.onChange(({ isOwnWrite }) => own.push(isOwnWrite));
  const key = `${namespace}/large`;
  const ended = informer.run(stop.signal);
  const versionIn = (object: KubeObject | undefined) => object?.metadata.resourceVersion;
  async function put(status: JsonObject): Promise<KubeObject> {
    const told = own.length;
    await writer.putStatus(writer.cache.get(key)!.object, status, stop.signal);
    const { object } = writer.cache.get(key)!;
    await waitUntil(() => own.length > told || undefined, { what: "the watch to bring the write" });
    assert.equal(versionIn(informer.get(key)?.object), versionIn(object));
    return informer.get(key)!.object;
  }
  try {
    await informer.whenSynced();
    await client.create(IPPOOLS, ippoolSample({ metadata: { name: "large", namespace } }));
    await waitUntil(() => own.length > 0 || undefined, { what: "the pool to be in the cache" });
    [read, own].forEach((list) => list.length = 0);

    for (const used of [1, 2, 3]) {
      const object = await put(statusOf(used));
      assert.deepEqual(object["status"], statusOf(used));
      assert.deepEqual(
        await client.get(IPPOOLS, { namespace, name: "large" }).then(statusIn),
        statusOf(used),
      );
      assert.equal("managedFields" in object.metadata, false);
    }
    assert.deepEqual([read, own], [[], [true, true, true]], "all of them were recognised");

    const pruned = await put(statusOf(4, { unknownToTheDefinition: "x" }));
    assert.deepEqual(pruned["status"], statusOf(4), "the cache has what the server stored");
    assert.deepEqual([read, own.at(-1)], [[versionIn(pruned)], false]);
  } finally {
    stop.abort();
    await ended;
    client.close();
  }
}

function statusIn(object: KubeObject): unknown {
  return object["status"];
}

await integrationTest({
  name:
    "a large pool that the controller writes to kube-apiserver is neither sent back nor read again",
  needs: ["kube"],
  run: async () => {
    const access = await sharedControlPlane();
    await writeAndWatch(clusterAccessOf(access), await makeNamespace(access, "own-writes"));
  },
});

Deno.test("a large pool that the controller writes to the embedded API server is not read again", async () => {
  await using api = await startEmbeddedApi({ crds: [readCrd("ippool")] });
  await api.send("POST", "/api/v1/namespaces", {
    body: { apiVersion: "v1", kind: "Namespace", metadata: { name: "own-writes" } },
  });
  await writeAndWatch({
    server: api.server.url,
    certificateAuthority: { text: api.credentials.cert },
    token: { text: api.credentials.token },
  }, "own-writes");
});
