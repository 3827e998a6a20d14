/** Our client and informer against a kube-apiserver, over a current etcd and over an old one. */

import assert from "node:assert/strict";
import type { KubeObject } from "../../lib/api/meta.ts";
import { type KubeClient, StatusError } from "../../lib/kube/contract.ts";
import { listAll } from "../../lib/kube/cache/lister.ts";
import { createKubeClient } from "../../lib/kube/client/rest_client.ts";
import { createClock } from "../../lib/sys/host/clock.ts";
import { gadget, GADGET_TYPE } from "../support/kube/gadget.ts";
import { checkChangeHistory, setUpInformer } from "../support/kube/informer_setup.ts";
import { integrationTest, type Need } from "../support/harness/integration_test.ts";
import { RecordingLogger } from "../support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../support/metrics/recording_registry.ts";
import { waitUntil } from "../support/harness/wait_until.ts";
import { clusterAccessOf, makeNamespace } from "../support/cluster/cluster_access.ts";
import { ControlPlane } from "../support/cluster/control_plane.ts";
import { findUnpacked } from "../../tools/unpacked.ts";

/** More than a page of a list holds. */
const MANY = 600;

/** Changes objects, with the API server killed in between, and compares the cache with the server. */
async function followChanges(plane: ControlPlane, streamsLists: boolean): Promise<void> {
  const namespace = await makeNamespace(plane.access, "informer");
  const clock = createClock();
  const client = createKubeClient(clusterAccessOf(plane.access), {
    userAgent: "vm-dhcp/0.0.0 (test) test",
    clock,
    random: Math.random,
    log: new RecordingLogger(),
    registry: new RecordingRegistry(),
  });
  const nameOf = (name: string) => ({ namespace, name });
  const make = (name: string, size: number) =>
    client.create(GADGET_TYPE, {
      ...gadget(name, { size }),
      metadata: nameOf(name),
    } as unknown as KubeObject);
  for (let i = 0; i < MANY; i += 50) {
    await Promise.all(Array.from({ length: 50 }, (_, j) => make(`early-${i + j}`, 1)));
  }
  let pages = 0;
  const counted: Pick<KubeClient, "list" | "watch"> = {
    list: (...args) => {
      pages++;
      return client.list(...args);
    },
    watch: (...args) => client.watch(...args),
  };
  const { informer, changes, stop, run } = setUpInformer(counted, clock, {
    type: GADGET_TYPE,
    namespace,
  });
  const ended = run();
  try {
    await informer.whenSynced();
    assert.equal(informer.list().length, MANY);
    assert.equal(pages, streamsLists ? 0 : 2, "a list comes as a stream, or in pages");
    const stale = await make("a", 1);
    await client.mergePatch(GADGET_TYPE, nameOf("a"), { spec: { size: 2 } });
    await assert.rejects(
      client.replace(GADGET_TYPE, stale),
      (error) => error instanceof StatusError && error.reason === "Conflict",
    );
    await assert.rejects(
      client.jsonPatch(GADGET_TYPE, nameOf("a"), [{ op: "test", path: "/spec/size", value: 1 }]),
      (error) => error instanceof StatusError && error.reason === "Invalid",
    );
    await client.jsonPatch(GADGET_TYPE, nameOf("a"), [
      { op: "test", path: "/spec/size", value: 2 },
      { op: "replace", path: "/spec/size", value: 5 },
    ]);
    await plane.restartApiServer();
    await client.mergePatch(GADGET_TYPE, nameOf("a"), { spec: { size: 3 } });
    await client.delete(GADGET_TYPE, nameOf("early-7"));
    await make("late", 4);
    const { objects } = await listAll(
      { client, type: GADGET_TYPE, namespace },
      "",
      new AbortController().signal,
    );
    await waitUntil(() => sameObjects(informer.list(), objects) || undefined, {
      what: "the cache to equal the server",
      explain: () => changes.slice(-10).join("\n"),
    });
    checkChangeHistory(changes);
  } finally {
    stop.abort();
    await ended;
    client.close();
  }
}

function sameObjects(some: readonly KubeObject[], others: readonly KubeObject[]): boolean {
  const versions = (objects: readonly KubeObject[]) =>
    objects.map(({ metadata: { name, resourceVersion } }) => `${name} ${resourceVersion}`).sort();
  return JSON.stringify(versions(some)) === JSON.stringify(versions(others));
}

interface Setting {
  readonly name: string;
  readonly needs: readonly Need[];
  readonly etcd: () => Promise<string | undefined>;
  readonly streamsLists: boolean;
}

const SETTINGS: readonly Setting[] = [
  {
    name: "Informer follows a kube-apiserver through its restart",
    needs: ["kube"],
    etcd: () => Promise.resolve(undefined),
    streamsLists: true,
  },
  {
    name: "Informer follows a kube-apiserver that cannot stream lists",
    needs: ["kube", "old etcd"],
    etcd: () => findUnpacked("old etcd"),
    streamsLists: false,
  },
];

for (const { name, needs, etcd, streamsLists } of SETTINGS) {
  await integrationTest({
    name,
    needs,
    run: async () => {
      const path = await etcd();
      await using plane = await ControlPlane.start({
        withoutControllers: true,
        ...(path === undefined ? {} : { etcd: path }),
      });
      await followChanges(plane, streamsLists);
    },
  });
}
