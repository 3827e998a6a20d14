/** `vm-dhcp webhook` and a real kube-apiserver that asks it. */

import assert from "node:assert/strict";
import { trustedIn } from "../../cmd/compose/webhook/configurations.ts";
import { objectAt, stringAt } from "../../lib/base/json.ts";
import type { KubeObject } from "../../lib/api/meta.ts";
import { certificatesIn } from "../../lib/tls/certificate.ts";
import { at } from "../support/apiserver/api_connection.ts";
import { ippoolSample, vmnetcfgSample } from "../support/apiserver/samples.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { waitUntil } from "../support/harness/wait_until.ts";
import { outcomeAfterFailures, outcomeOf, StandInController, startCheck } from "./check_process.ts";
import {
  CONTROLLER,
  NAME,
  NAMESPACE,
  networkOf,
  NETWORKS,
  poolOn,
  POOLS,
  SECRETS,
  VALIDATING,
  VMNETCFGS,
  WebhookCluster,
} from "./webhook_cluster.ts";

async function judgesChanges(setup: WebhookCluster): Promise<void> {
  const unknown = await setup.create(POOLS, poolOn("default/nowhere"));
  assert.equal(unknown.status, 422, unknown.text);
  assert.match(
    String(unknown.body["message"]),
    /denied the request: cannot create IPPool default\/ippool-1 because .*nowhere/,
  );
  assert.equal(at(unknown.body, "details.causes.0.field"), "spec.networkName");
  assert.equal(at(unknown.body, "details.kind"), "IPPool");
  assert.equal(at(unknown.body, "details.name"), "ippool-1");
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

async function warnsAndGuards(setup: WebhookCluster): Promise<void> {
  const nics = [{ macAddress: "fa:cf:8e:50:82:fc", networkName: "default/nowhere" }];
  const warned = await setup.create(
    VMNETCFGS,
    vmnetcfgSample({ metadata: { name: "warned" }, spec: { networkConfigs: nics } }),
  );
  assert.equal(warned.status, 201, warned.text);
  assert.match(warned.headers.get("warning") ?? "", /default\/nowhere/);

  await setup.make(VMNETCFGS, vmnetcfgSample({ metadata: { finalizers: ["test/hold"] } }));
  // A replica allows what it has seen no reason against.
  const used = await waitUntil(async () => {
    const answer = await setup.api.send("DELETE", `${POOLS}/ippool-1?dryRun=All`);
    return answer.status === 200 ? undefined : answer;
  }, { what: "the webhook to know of the VM" });
  assert.match(
    String(used.body["message"]),
    /cannot delete IPPool default\/ippool-1 because it's still used by VirtualMachineNetworkConfig\(s\) default\/test-vm, which must be removed at first/,
  );
}

/** What goes on while no webhook answers. */
async function goesOnWithout({ api }: WebhookCluster): Promise<void> {
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

async function trustedBy({ api }: WebhookCluster): Promise<readonly string[]> {
  const { body } = await api.send("GET", VALIDATING);
  return certificatesIn(trustedIn(body as KubeObject));
}

await integrationTest({
  name: "kube-apiserver asks the webhook, whose replicas agree, come and go",
  needs: ["kube", "executable"],
  async run(context) {
    await using setup = await WebhookCluster.start();
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
    await step("vm-dhcp check notices that it judges and fills in", async () => {
      const check = startCheck(setup.plane.access.kubeconfig, "--webhook", NAME);
      assert.deepEqual(await outcomeOf(check), {
        code: 0,
        stdout: `the API server refuses a wrong IPPool because the webhook ${NAME} says so\n` +
          `the webhook ${NAME} fills in what an IPPool leaves out\n`,
        stderr: "",
      });
    });
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
    await step(
      "its metrics tell what it decided, and until when its certificate is valid",
      async () => {
        const metrics = await setup.replicas.at(-1)!.get("/metrics");
        const name = "controller_runtime_webhook_requests_total";
        assert.match(
          metrics,
          new RegExp(`${name}\\{webhook="/v1/webhook/validation",code="200"\\}`),
        );
        assert.match(metrics, /vmdhcp_webhook_findings_total\{check="ippool-network-exists"\}/);
        const [, expiry] = /^vmdhcp_webhook_certificate_expiry_timestamp_seconds (\S+)$/m
          .exec(metrics)!;
        const days = (Number(expiry) * 1000 - Date.now()) / (24 * 3600_000);
        assert.ok(days > 6 && days < 8, `the certificate is valid for ${days} days`);
      },
    );
    await step("without it, only changes that have to be judged wait", async () => {
      for (const replica of setup.replicas) await replica.end("SIGKILL");
      await goesOnWithout(setup);
    });
    await step("vm-dhcp check says that it cannot be asked", async () => {
      await using controller = new StandInController(Infinity);
      const { kubeconfig } = setup.plane.access;
      const args = ["--webhook", NAME, "--controller", controller.address];
      const check = startCheck(kubeconfig, ...args);
      const { code, stderr } = await outcomeAfterFailures(check, controller, 2);
      assert.equal(code, 1);
      assert.match(
        stderr,
        /the webhook \S+ cannot be asked about an IPPool: .*failed calling webhook/,
      );
      assert.match(stderr, /nothing fills in the serverIP of an IPPool/);
    });
    await step(
      "its configurations and its Secret go with its ClusterRole, and nothing waits any more",
      async () => {
        const role = `/apis/rbac.authorization.k8s.io/v1/clusterroles/${NAME}`;
        assert.equal((await setup.api.send("DELETE", role)).status, 200);
        await waitUntil(async () => {
          const { status } = await setup.api.send("DELETE", `${POOLS}/ippool-1`);
          return status === 200 || undefined;
        }, { what: "the configurations to go" });
        await waitUntil(async () => {
          const { status } = await setup.api.send("GET", `${SECRETS}/${NAME}-ca`);
          return status === 404 || undefined;
        }, { what: "the Secret of the authority to go" });
      },
    );
  },
});

/** An address of this host that an endpoint may have; loopback may not. */
function hostAddress(): string {
  const found = Deno.networkInterfaces().find(({ family, address }) =>
    family === "IPv4" && !address.startsWith("127.")
  );
  assert.ok(found !== undefined, "this host has no address besides loopback");
  return found.address;
}

await integrationTest({
  name: "kube-apiserver asks the webhook by its Service",
  needs: ["kube", "executable"],
  async run() {
    // Nothing routes to Services here, so the API server goes to their endpoints.
    const apiServerArgs = ["--enable-aggregator-routing=true"];
    await using setup = await WebhookCluster.start({ withoutControllers: true, apiServerArgs });
    const rights = `/apis/rbac.authorization.k8s.io/v1/clusterroles/${NAME}`;
    const { body: { rules } } = await setup.api.send("GET", rights);
    await setup.api.mergePatch(rights, { rules: [] });
    const started = setup.add({ how: [] });
    const replica = setup.replicas.at(-1)!;
    await replica.readyzSays(/the cache of ippools is not synced/);
    assert.equal((await setup.api.send("GET", VALIDATING)).status, 404, "nothing waits for it");
    await setup.api.mergePatch(rights, { rules });
    await started;
    const core = `/api/v1/namespaces/${NAMESPACE}`;
    const metadata = { name: NAME };
    const ports = [{ name: "https", port: 443, targetPort: replica.port }];
    await setup.make(`${core}/services`, {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: { ports },
    });
    await setup.make(`/apis/discovery.k8s.io/v1/namespaces/${NAMESPACE}/endpointslices`, {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { ...metadata, labels: { "kubernetes.io/service-name": NAME } },
      addressType: "IPv4",
      endpoints: [{ addresses: [hostAddress()], conditions: { ready: true } }],
      ports: [{ name: "https", port: replica.port }],
    });
    await setup.isAsked();
  },
});
