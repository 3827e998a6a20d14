/** `vm-dhcp webhook` and a real kube-apiserver that asks it. */

import assert from "node:assert/strict";
import { parseAllDocuments } from "yaml";
import { trustedIn } from "../../cmd/compose/webhook/configurations.ts";
import { type JsonObject, objectAt, stringAt } from "../../lib/base/json.ts";
import type { KubeObject } from "../../lib/api/meta.ts";
import { certificatesIn } from "../../lib/tls/certificate.ts";
import { type Answer, ApiConnection, at } from "../support/apiserver/api_connection.ts";
import { ippoolSample, vmnetcfgSample } from "../support/apiserver/samples.ts";
import { writeKubeconfig } from "../support/cluster/cluster_access.ts";
import { ControlPlane } from "../support/cluster/control_plane.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { waitUntil } from "../support/harness/wait_until.ts";
import { Front, WebhookProcess } from "./webhook_process.ts";

const NAME = "harvester-vm-dhcp-controller-webhook";
const NAMESPACE = "vm-dhcp";
const ACCOUNT = NAME;
const RIGHTS = new URL("../../examples/webhook-rbac.yaml", import.meta.url);
const SECRETS = `/api/v1/namespaces/${NAMESPACE}/secrets`;
const CONFIGURATIONS = "/apis/admissionregistration.k8s.io/v1";
const VALIDATING = `${CONFIGURATIONS}/validatingwebhookconfigurations/${NAME}`;
const POOLS = "/apis/network.harvesterhci.io/v1alpha1/namespaces/default/ippools";
const VMNETCFGS =
  "/apis/network.harvesterhci.io/v1alpha1/namespaces/default/virtualmachinenetworkconfigs";
const NETWORKS = "/apis/k8s.cni.cncf.io/v1/namespaces/default/network-attachment-definitions";

/** Who a controller is to the webhook, and has every right in the cluster. */
const CONTROLLER = "trusted-controller";

/** A cluster with a webhook of some replicas. */
class Setup implements AsyncDisposable {
  readonly api: ApiConnection;
  readonly front = new Front();
  readonly replicas: WebhookProcess[] = [];

  private constructor(readonly plane: ControlPlane) {
    this.api = new ApiConnection(plane.access);
  }

  /** A cluster with an account that has the rights of the example. */
  static async start(): Promise<Setup> {
    const setup = new Setup(await ControlPlane.start());
    const metadata = { name: NAMESPACE };
    await setup.make("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata });
    for (const document of parseAllDocuments(await Deno.readTextFile(RIGHTS))) {
      const object = document.toJS() as KubeObject;
      const place = object.metadata.namespace === undefined ? "" : `namespaces/${NAMESPACE}/`;
      const plural = `${object.kind.toLowerCase()}s`;
      await setup.make(`/apis/${object.apiVersion}/${place}${plural}`, { ...object });
    }
    const accounts = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`;
    const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: ACCOUNT } };
    await setup.make(accounts, account);
    const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
    const { body } = await setup.create(`${accounts}/${ACCOUNT}/token`, request);
    const token = String(at(body, "status.token"));
    await writeKubeconfig({ ...setup.plane.access, token, kubeconfig: setup.kubeconfig });
    return setup;
  }

  get kubeconfig(): string {
    return `${this.plane.access.kubeconfig}.webhook`;
  }

  /** Starts one more replica. */
  async add(): Promise<WebhookProcess> {
    const args = [
      "--namespace",
      NAMESPACE,
      "--url",
      this.front.url,
      "--controller-user",
      CONTROLLER,
    ];
    const replica = new WebhookProcess(this.kubeconfig, args);
    this.replicas.push(replica);
    await replica.isReady();
    this.front.ports = [...this.front.ports, replica.port];
    return replica;
  }

  async create(path: string, body: JsonObject, query = ""): Promise<Answer> {
    return await this.api.send("POST", `${path}${query}`, { body });
  }

  async make(path: string, body: JsonObject): Promise<void> {
    const { status, text } = await this.create(path, body);
    assert.equal(status, 201, text);
  }

  /** Waits until the API server asks, which it does a moment after the configurations are written. */
  async isAsked(): Promise<void> {
    await waitUntil(async () => {
      const { status } = await this.create(POOLS, poolOn("default/nowhere"), "?dryRun=All");
      return status === 422 || undefined;
    }, { what: "the API server to ask the webhook" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const replica of this.replicas) await replica[Symbol.asyncDispose]();
    this.front[Symbol.dispose]();
    this.api[Symbol.dispose]();
    await this.plane[Symbol.asyncDispose]();
  }
}

function networkOf(name: string): JsonObject {
  return {
    apiVersion: "k8s.cni.cncf.io/v1",
    kind: "NetworkAttachmentDefinition",
    metadata: { name, labels: { "network.harvesterhci.io/clusternetwork": "mgmt" } },
    spec: { config: "{}" },
  };
}

function poolOn(networkName: string, changes: Parameters<typeof ippoolSample>[0] = {}): JsonObject {
  return ippoolSample({ ...changes, spec: { networkName, ...changes.spec } });
}

async function judgesChanges(setup: Setup): Promise<void> {
  const unknown = await setup.create(POOLS, poolOn("default/nowhere"));
  assert.equal(unknown.status, 422, unknown.text);
  assert.match(
    String(unknown.body["message"]),
    /denied the request: cannot create IPPool default\/ippool-1 because .*nowhere/,
  );
  assert.equal(at(unknown.body, "details.causes.0.field"), "spec.networkName");
  // The network may have come to the cache of the webhook after the question.
  await setup.make(NETWORKS, networkOf("net-48"));
  const pool = poolOn("default/net-48", {
    ipv4Config: { serverIP: undefined, pool: { start: undefined, end: undefined } },
  });
  const dry = await setup.create(POOLS, pool, "?dryRun=All");
  assert.equal(dry.status, 201, dry.text);
  assert.equal(at(dry.body, "spec.ipv4Config.serverIP"), "192.168.48.2");
  assert.equal((await setup.api.send("GET", `${POOLS}/ippool-1`)).status, 404);
  const made = await setup.create(POOLS, pool);
  assert.equal(made.status, 201, made.text);
  assert.equal(at(made.body, "spec.ipv4Config.pool.start"), "192.168.48.1");
  assert.equal(at(made.body, "spec.ipv4Config.pool.end"), "192.168.48.254");

  const services = ippoolSample({
    metadata: { name: "services" },
    spec: { networkName: "default/net-53" },
    ipv4Config: {
      cidr: "10.53.1.0/24",
      serverIP: "10.53.1.2",
      router: "10.53.1.1",
      pool: { start: "10.53.1.10", end: "10.53.1.20", exclude: [] },
    },
  });
  await setup.make(NETWORKS, networkOf("net-53"));
  const overlap = await setup.create(POOLS, services);
  assert.match(
    String(overlap.body["message"]),
    /cidr 10\.53\.1\.0\/24 overlaps cluster service cidr 10\.53\.0\.0\/16/,
  );
}

async function warnsAndGuards(setup: Setup): Promise<void> {
  const nics = [{ macAddress: "fa:cf:8e:50:82:fc", networkName: "default/nowhere" }];
  const warned = await setup.create(
    VMNETCFGS,
    vmnetcfgSample({ metadata: { name: "warned" }, spec: { networkConfigs: nics } }),
  );
  assert.equal(warned.status, 201, warned.text);
  assert.match(warned.headers.get("warning") ?? "", /default\/nowhere/);

  await setup.make(VMNETCFGS, vmnetcfgSample({ metadata: { finalizers: ["test/hold"] } }));
  const used = await setup.api.send("DELETE", `${POOLS}/ippool-1`);
  assert.match(
    String(used.body["message"]),
    /cannot delete IPPool default\/ippool-1 because it's still used by VirtualMachineNetworkConfig\(s\) default\/test-vm, which must be removed at first/,
  );
}

/** What goes on while no webhook answers. */
async function goesOnWithout({ api }: Setup): Promise<void> {
  const create = await api.send("POST", POOLS, { body: poolOn("default/net-48") });
  assert.equal(create.status, 500, create.text);
  const labels = { metadata: { labels: { team: "a" } } };
  const relabelled = await api.mergePatch(`${POOLS}/ippool-1`, labels);
  assert.equal(relabelled.status, 200, relabelled.text);
  const status = { status: { conditions: [] } };
  const written = await api.mergePatch(`${POOLS}/ippool-1/status`, status);
  assert.equal(written.status, 200, written.text);
  // Objects under deletion lose their finalizers.
  await api.send("DELETE", `${VMNETCFGS}/test-vm`);
  const freed = await api.mergePatch(`${VMNETCFGS}/test-vm`, { metadata: { finalizers: null } });
  assert.equal(freed.status, 200, freed.text);
  // The controller writes what it has to.
  const headers = { "impersonate-user": CONTROLLER, "impersonate-group": "system:masters" };
  const body = vmnetcfgSample({ metadata: { name: "by-controller" } });
  const made = await api.send("POST", VMNETCFGS, { body, headers });
  assert.equal(made.status, 201, made.text);
  // Nothing but our kinds waits.
  const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "other" } };
  assert.equal((await api.send("POST", SECRETS, { body: secret })).status, 201);
}

async function trustedBy({ api }: Setup): Promise<readonly string[]> {
  const { body } = await api.send("GET", VALIDATING);
  return certificatesIn(trustedIn(body as KubeObject));
}

await integrationTest({
  name: "kube-apiserver asks the webhook, whose replicas agree, come and go",
  needs: ["kube"],
  async run(context) {
    await using setup = await Setup.start();
    const step = async (name: string, body: () => Promise<void>) => {
      assert.ok(await context.step(name, body), name);
    };
    const replicas = await Promise.all([setup.add(), setup.add()]);
    await setup.isAsked();
    await step("replicas that start together agree on one authority", async () => {
      const [authority, ...others] = await trustedBy(setup);
      assert.deepEqual(others, []);
      const { body } = await setup.api.send("GET", `${SECRETS}/${NAME}-ca`);
      assert.equal(atob(stringAt(objectAt(body, "data"), "tls.crt")).trim(), authority!.trim());
    });
    await step("it denies, fills in, and stores nothing in a dry run", () => judgesChanges(setup));
    await step("it warns, and keeps a pool that is used", () => warnsAndGuards(setup));
    await step("a replica that ends fails no review", async () => {
      let isOver = false;
      let count = 0;
      const asking = (async () => {
        for (; !isOver; count++) {
          const { status, text } = await setup.create(
            VMNETCFGS,
            vmnetcfgSample({ metadata: { name: "again" } }),
            "?dryRun=All",
          );
          assert.equal(status, 201, text);
        }
      })();
      const third = await setup.add();
      assert.equal((await replicas[0].end("SIGTERM")).code, 0);
      const seen = count;
      await waitUntil(() => count > seen + 20 || undefined, { what: "reviews after the end" });
      isOver = true;
      await asking;
      assert.equal(third.hasEnded, false);
    });
    await step("it repairs its configurations", async () => {
      await setup.api.mergePatch(VALIDATING, { webhooks: [] });
      await waitUntil(async () => (await trustedBy(setup)).length > 0 || undefined, {
        what: "the configuration to be repaired",
      });
      await setup.isAsked();
    });
    await step(
      "another authority follows one that was deleted, and it is trusted beside it",
      async () => {
        await setup.api.send("DELETE", `${SECRETS}/${NAME}-ca`);
        await waitUntil(async () => (await trustedBy(setup)).length === 2 || undefined, {
          what: "both authorities to be trusted",
        });
        const fresh = await setup.add();
        setup.front.ports = [fresh.port];
        await setup.isAsked();
      },
    );
    await step("its metrics tell what it decided", async () => {
      const metrics = await setup.replicas.at(-1)!.get("/metrics");
      const name = "controller_runtime_webhook_requests_total";
      assert.match(metrics, new RegExp(`${name}\\{webhook="/v1/webhook/validation",code="200"\\}`));
      assert.match(metrics, /vmdhcp_webhook_findings_total\{check="ippool-network-exists"\}/);
    });
    await step("without it, only changes that have to be judged wait", async () => {
      for (const replica of setup.replicas) await replica.end("SIGKILL");
      await goesOnWithout(setup);
    });
    await step(
      "its configurations go with its ClusterRole, and nothing waits any more",
      async () => {
        const role = `/apis/rbac.authorization.k8s.io/v1/clusterroles/${NAME}`;
        assert.equal((await setup.api.send("DELETE", role)).status, 200);
        await waitUntil(async () => {
          const { status } = await setup.api.send("DELETE", `${POOLS}/ippool-1`);
          return status === 200 || undefined;
        }, { what: "the configurations to go" });
      },
    );
  },
});
