/** Definitions that a controller makes and brings up to date on a real API server. */

import assert from "node:assert/strict";
import { ensureDefinitions } from "../../cmd/compose/definitions.ts";
import type { KubeObject, NamespacedName, ResourceType } from "../../lib/api/meta.ts";
import {
  apiVersionOf,
  CUSTOM_RESOURCE_DEFINITIONS,
  IPPOOLS,
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
} from "../../lib/api/resources.ts";
import { createKubeClient } from "../../lib/kube/client/rest_client.ts";
import { isStatus } from "../../lib/kube/contract.ts";
import { VERSION_ANNOTATION } from "../../lib/reconcile/definition/definition.ts";
import { createClock } from "../../lib/sys/host/clock.ts";
import { ApiConnection } from "../support/apiserver/api_connection.ts";
import { ippoolSample } from "../support/apiserver/samples.ts";
import { readGoDefinitions, readGoObjects } from "../support/controller/go_objects.ts";
import { clusterAccessOf } from "../support/cluster/cluster_access.ts";
import { ControlPlane } from "../support/cluster/control_plane.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { waitUntil } from "../support/harness/wait_until.ts";
import { RecordingLogger } from "../support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../support/metrics/recording_registry.ts";

const SIGNAL = new AbortController().signal;
const POOLS: NamespacedName = { namespace: "", name: "ippools.network.harvesterhci.io" };
const CONFIGS: NamespacedName = {
  namespace: "",
  name: "virtualmachinenetworkconfigs.network.harvesterhci.io",
};
/** An API server lets a definition go when it finds no objects any more, and looks again after a pause. */
const REMOVAL_MS_MAX = 90_000;

/** Objects of our kinds that the Go version has left. */
function goObjects(namespace: string): readonly KubeObject[] {
  return readGoObjects(namespace).filter(({ apiVersion }) => apiVersion === apiVersionOf(IPPOOLS));
}

function typeOf({ kind }: KubeObject): ResourceType {
  return kind === IPPOOLS.kind ? IPPOOLS : VIRTUAL_MACHINE_NETWORK_CONFIGS;
}

let started: Promise<ControlPlane> | undefined;

/** One for this file: other tests need our definitions as they are. */
function controlPlane(): Promise<ControlPlane> {
  started ??= startControlPlane();
  return started;
}

async function startControlPlane(): Promise<ControlPlane> {
  const plane = await ControlPlane.start({ withoutControllers: true });
  addEventListener("unload", () => plane.abandon());
  return plane;
}

/** A control plane, and what a controller of a user does with its definitions. */
class Cluster implements Disposable {
  readonly log = new RecordingLogger();
  readonly client;
  readonly #stack = new DisposableStack();

  private constructor(readonly plane: ControlPlane) {
    this.client = this.#clientOf(clusterAccessOf(plane.access));
  }

  static async reach(): Promise<Cluster> {
    return new Cluster(await controlPlane());
  }

  ensure(client = this.client): Promise<void> {
    return ensureDefinitions({ client, clock: createClock(), log: this.log }, SIGNAL);
  }

  /** A client of somebody without rights. */
  async nobody() {
    const { token: _, ...access } = clusterAccessOf(this.plane.access);
    const { cert, key } = await this.plane.issueCertificate({ commonName: "x", organizations: [] });
    return this.#clientOf({
      ...access,
      clientCertificate: { text: cert },
      clientKey: { text: key },
    });
  }

  /** Gives a user the right to read definitions. */
  async letRead(user: string): Promise<void> {
    using api = new ApiConnection(this.plane.access);
    const apiVersion = "rbac.authorization.k8s.io/v1";
    const rules = [{
      apiGroups: ["apiextensions.k8s.io"],
      resources: ["customresourcedefinitions"],
      verbs: ["get"],
    }];
    const metadata = { name: "definition-reader" };
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", ...metadata };
    const subjects = [{ apiGroup: roleRef.apiGroup, kind: "User", name: user }];
    for (
      const [plural, body] of [
        ["clusterroles", { apiVersion, kind: "ClusterRole", metadata, rules }],
        ["clusterrolebindings", {
          apiVersion,
          kind: "ClusterRoleBinding",
          metadata,
          roleRef,
          subjects,
        }],
      ] as const
    ) {
      const { status, text } = await api.send("POST", `/apis/${apiVersion}/${plural}`, { body });
      assert.equal(status, 201, text);
    }
    const nobody = await this.nobody();
    await waitUntil(async () => {
      try {
        await nobody.get(CUSTOM_RESOURCE_DEFINITIONS, POOLS);
        return true;
      } catch (error) {
        return isStatus(error, 404) || undefined;
      }
    }, { what: "the right to read" });
  }

  get(name: NamespacedName): Promise<KubeObject> {
    return this.client.get(CUSTOM_RESOURCE_DEFINITIONS, name);
  }

  /** Creates an object with its status. */
  async create(object: KubeObject): Promise<void> {
    // Without finalizers: nobody would take them away, and the definition could not go.
    const metadata = { ...object.metadata, namespace: "default", finalizers: [] };
    const created = await this.client.create(typeOf(object), { ...object, metadata });
    const stored = { ...created, status: object.status };
    await this.client.replace(typeOf(object), stored, { subresource: "status" });
  }

  /** Writes the status of a stored object as it is. */
  async patchStatus({ status, ...object }: KubeObject): Promise<void> {
    const name = { namespace: "default", name: object.metadata.name };
    const options = { subresource: "status" } as const;
    const stored = await this.client.mergePatch(typeOf({ ...object }), name, { status }, options);
    assert.deepEqual(stored.status, status);
  }

  async versions(): Promise<readonly (string | undefined)[]> {
    const stored = await Promise.all([POOLS, CONFIGS].map((name) => this.get(name)));
    return stored.map(({ metadata }) => metadata.resourceVersion);
  }

  /** Takes all definitions of ours away. */
  async clear(): Promise<void> {
    for (const name of [POOLS, CONFIGS]) {
      await this.client.delete(CUSTOM_RESOURCE_DEFINITIONS, name);
      await waitUntil(async () => {
        try {
          await this.get(name);
          return undefined;
        } catch (error) {
          if (isStatus(error, 404)) return true;
          throw error;
        }
      }, { what: `${name.name} to go`, limitMs: REMOVAL_MS_MAX });
    }
  }

  /** Puts the definitions of the Go version in the place of ours. */
  async goBack(): Promise<void> {
    await this.clear();
    for (const definition of readGoDefinitions()) {
      await this.client.create(CUSTOM_RESOURCE_DEFINITIONS, definition);
    }
    await waitUntil(async () => {
      try {
        await this.client.list(IPPOOLS);
        return true;
      } catch (error) {
        if (isStatus(error, 404)) return undefined;
        throw error;
      }
    }, { what: "the kinds to be served" });
  }

  messages(): readonly string[] {
    return this.log.lines.map(({ level, msg }) => `${level} ${msg}`);
  }

  [Symbol.dispose](): void {
    this.#stack.dispose();
  }

  #clientOf(access: Parameters<typeof createKubeClient>[0]) {
    const client = createKubeClient(access, {
      userAgent: "vm-dhcp-tests",
      clock: createClock(),
      random: Math.random,
      log: new RecordingLogger(),
      registry: new RecordingRegistry(),
    });
    this.#stack.defer(() => client.close());
    return client;
  }
}

await integrationTest({
  name:
    "a controller makes definitions on a kube-apiserver, and writes nothing where they are there",
  needs: ["kube"],
  run: async () => {
    using cluster = await Cluster.reach();
    await cluster.clear();
    await cluster.ensure();
    await cluster.client.create(IPPOOLS, ippoolSample());
    assert.deepEqual(cluster.messages(), Array(2).fill("info definition was made"));
    const versions = await cluster.versions();
    await cluster.ensure();
    assert.deepEqual(await cluster.versions(), versions);
    await cluster.client.mergePatch(CUSTOM_RESOURCE_DEFINITIONS, POOLS, {
      metadata: { annotations: { [VERSION_ANNOTATION]: "99.0.0" } },
      spec: { names: { shortNames: ["later"] } },
    });
    await cluster.ensure();
    const { spec } = await cluster.get(POOLS);
    assert.match(JSON.stringify(spec), /"shortNames":\["later"\]/);
    assert.ok(cluster.messages().includes("info definition of a later version is used"));
  },
});

await integrationTest({
  name: "a controller brings the definitions of the Go version up to date on a kube-apiserver",
  needs: ["kube"],
  run: async () => {
    using cluster = await Cluster.reach();
    await cluster.goBack();
    const objects = goObjects("default");
    for (const object of objects) await cluster.create(object);
    await cluster.ensure();
    // They fit, and what they say is still there.
    for (const object of objects) await cluster.patchStatus(object);
    const stored = await cluster.get(POOLS);
    assert.equal(
      stored.metadata.annotations?.["objectset.rio.cattle.io/id"],
      "vm-dhcp-controller-crd",
    );
    const patch = { spec: { ipv4Config: { mtu: 1450 } } };
    const pool = await cluster.client.mergePatch(IPPOOLS, {
      namespace: "default",
      name: "ippool-1",
    }, patch);
    assert.match(JSON.stringify(pool.spec), /"mtu":1450/);
    assert.ok(
      cluster.messages().some((message) =>
        message.startsWith("warn the Go version does not know spec.networkConfig")
      ),
    );
    const versions = await cluster.versions();
    await cluster.ensure();
    assert.deepEqual(await cluster.versions(), versions);
  },
});

await integrationTest({
  name: "a controller leaves a definition on a kube-apiserver whose objects would not fit its own",
  needs: ["kube"],
  run: async () => {
    using cluster = await Cluster.reach();
    await cluster.goBack();
    const { resourceVersion } = (await cluster.get(POOLS)).metadata;
    await cluster.client.create(IPPOOLS, ippoolSample({ ipv4Config: { dns: ["not an address"] } }));
    await cluster.ensure();
    assert.equal((await cluster.get(POOLS)).metadata.resourceVersion, resourceVersion);
    const line = cluster.log.lines.find(({ level }) => level === "error");
    assert.match(
      String(line?.fields["objects"]),
      /^IPPool default\/ippool-1: spec.ipv4Config.dns\[0\]: /,
    );
    await cluster.client.delete(IPPOOLS, { namespace: "default", name: "ippool-1" });
    await cluster.ensure();
    assert.notEqual((await cluster.get(POOLS)).metadata.resourceVersion, resourceVersion);
  },
});

await integrationTest({
  name:
    "a controller without rights uses the definitions of a kube-apiserver, and says what is missing",
  needs: ["kube"],
  run: async () => {
    using cluster = await Cluster.reach();
    const nobody = await cluster.nobody();
    await cluster.ensure(nobody);
    assert.deepEqual(cluster.messages(), Array(2).fill("warn definition stays as it is"));
    await cluster.clear();
    await cluster.letRead("x");
    await assert.rejects(cluster.ensure(nobody), {
      message:
        /^the definition (ippools|virt.*)\.network\.harvesterhci\.io is missing and may not be made \(.* cannot create resource "customresourcedefinitions" .*\); run vm-dhcp crds \| kubectl/,
    });
  },
});
