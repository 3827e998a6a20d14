import assert from "node:assert/strict";
import { SETTINGS } from "../../../tests/support/controller/agent_worlds.ts";
import { ippoolSample } from "../../../tests/support/apiserver/samples.ts";
import { FakeClock } from "../../../tests/support/clocks/fake_clock.ts";
import { FakeInformer } from "../../../tests/support/kube/fake_informer.ts";
import { RecordingLogger } from "../../../tests/support/metrics/recording_logger.ts";
import { type CachedKind, type KubeObject, nameOfKey, type ResourceType } from "../../api/meta.ts";
import { type KubeClient, StatusError } from "../../kube/contract.ts";
import { agentLabelsOf, agentNameOf } from "../../reconcile/agent_deployment/agent_names.ts";
import { IPPOOL_KIND, NETWORK_KIND } from "../../reconcile/kinds.ts";
import { IPPOOL_FINALIZER } from "../../reconcile/names.ts";
import { PoolViews } from "../ippool/pool_views.ts";
import { FreshCache } from "../runtime/fresh_cache.ts";
import { ObjectWriter } from "../runtime/object_writer.ts";
import { agentKindsIn, StoredAgents } from "./agent_objects.ts";
import { DeployedAgents } from "./deployed_agents.ts";
import { PodWarnings } from "./pod_warnings.ts";

const SIGNAL = new AbortController().signal;
const KEY = "default/ippool-1";
const NAME = agentNameOf({ namespace: "default", name: "ippool-1" });
const POOL = ippoolSample({ metadata: { uid: "p", finalizers: [IPPOOL_FINALIZER] } });
const NAD: KubeObject = {
  apiVersion: "k8s.cni.cncf.io/v1",
  kind: "NetworkAttachmentDefinition",
  metadata: {
    name: "net-48",
    namespace: "default",
    labels: { "network.harvesterhci.io/clusternetwork": "mgmt" },
  },
};

/** Answers of the server; by default it does what it is asked for. */
interface Answers {
  readonly create?: (type: ResourceType, object: KubeObject) => KubeObject | StatusError;
  readonly get?: (type: ResourceType) => KubeObject | StatusError;
  readonly delete?: (type: ResourceType) => StatusError | undefined;
}

const NOT_FOUND = new StatusError(404, "NotFound", 'ippools "ippool-1" not found');

/** Agents over a server whose watch never brings what is written. */
function setUp(answers: Answers = {}) {
  const requests: string[] = [];
  const answer = async <T>(given: T | StatusError): Promise<T> => {
    await Promise.resolve();
    if (given instanceof StatusError) throw given;
    return given;
  };
  const client: Pick<KubeClient, "get" | "create" | "replace" | "delete"> = {
    get: (type) => answer(answers.get?.(type) ?? NOT_FOUND),
    create(type, object) {
      requests.push(`create ${type.kind}`);
      return answer(answers.create?.(type, object) ?? object);
    },
    replace(type, object) {
      requests.push(`replace ${type.kind}`);
      return answer(object);
    },
    delete(type, { name }, options) {
      assert.deepEqual(Object.keys(options?.preconditions ?? {}), ["uid"]);
      requests.push(`delete ${type.kind} ${name}`);
      return answer(answers.delete?.(type));
    },
  };
  const informers = new Map<string, FakeInformer<unknown>>();
  const writerOf = <T>(kind: CachedKind<T>) => {
    const informer = new FakeInformer(kind.parse, kind.indexes);
    informers.set(kind.type.kind, informer as FakeInformer<unknown>);
    const cache = new FreshCache(informer, kind.parse);
    return new ObjectWriter(client as KubeClient, kind.type, cache, { record: () => {} });
  };
  const kinds = agentKindsIn("agents");
  const stored = new StoredAgents(client as KubeClient, {
    serviceAccount: writerOf(kinds.serviceAccount),
    role: writerOf(kinds.role),
    roleBinding: writerOf(kinds.roleBinding),
    podDisruptionBudget: writerOf(kinds.podDisruptionBudget),
    deployment: writerOf(kinds.deployment),
    reportSecret: writerOf(kinds.reportSecret),
    pods: writerOf(kinds.pods),
  }, "agents");
  const views = new PoolViews(writerOf(IPPOOL_KIND).cache);
  const changed: string[] = [];
  const log = new RecordingLogger();
  const clock = new FakeClock();
  const agents = new DeployedAgents({
    ...{ stored, views, log, clock, unreadyOf: () => undefined },
    warnings: new PodWarnings(client as KubeClient, "agents"),
    networks: writerOf(NETWORK_KIND).cache,
    settings: { ...SETTINGS, namespace: "agents", image: "vm-dhcp:1" },
    onStatusChange: (key) => changed.push(key),
  });
  informers.get("NetworkAttachmentDefinition")!.put(NAD);
  const put = (object: KubeObject) => informers.get(object.kind)!.put(object);
  return { agents, requests, put, changed, log, informers, clock };
}

function deploymentOf(pool: string, uid = "d"): KubeObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name: agentNameOf(nameOfKey(pool)),
      ...{ namespace: "agents", uid, resourceVersion: "1" },
      labels: agentLabelsOf(nameOfKey(pool)),
    },
    spec: {},
  };
}

Deno.test("DeployedAgents makes what a pool needs, its account first", async () => {
  const { agents, requests, put } = setUp();
  put(POOL);
  assert.deepEqual(await agents.reconcile(KEY, SIGNAL), {});
  assert.deepEqual(requests, [
    ...["create ServiceAccount", "create Role", "create RoleBinding"],
    ...["create PodDisruptionBudget", "create Deployment"],
  ]);
});

Deno.test("DeployedAgents makes nothing before the pool has its finalizer", async () => {
  const { agents, requests, put } = setUp();
  put(ippoolSample());
  await agents.reconcile(KEY, SIGNAL);
  assert.deepEqual(requests, []);
});

Deno.test("DeployedAgents makes nothing for a pool that goes and that others keep", async () => {
  const { agents, requests, put } = setUp();
  const deletionTimestamp = "2026-01-01T00:00:00Z";
  put(ippoolSample({ metadata: { uid: "p", finalizers: ["other"], deletionTimestamp } }));
  await agents.reconcile(KEY, SIGNAL);
  assert.deepEqual(requests, []);
});

Deno.test("DeployedAgents takes away what is left of a pool only when the API server has none", async () => {
  const kept = setUp({ get: () => POOL });
  kept.put(deploymentOf(KEY));
  const { requeueAfterMs } = await kept.agents.reconcile(KEY, SIGNAL);
  assert.ok(requeueAfterMs !== undefined);
  assert.deepEqual(kept.requests, []);
  const gone = setUp();
  gone.put(deploymentOf(KEY));
  await gone.agents.reconcile(KEY, SIGNAL);
  assert.deepEqual(gone.requests, [`delete Deployment ${NAME}`]);
});

Deno.test("DeployedAgents deletes slowly what is made again each time for a pool that is gone, and says so once", async () => {
  const { agents, requests, put, clock, log } = setUp();
  const again = (uid: number) => {
    put(deploymentOf(KEY, `${uid}`));
    return agents.reconcile(KEY, SIGNAL);
  };
  for (let uid = 1; uid <= 30; uid++) await again(uid);
  assert.ok((await again(31)).requeueAfterMs !== undefined);
  assert.equal(requests.length, 12);
  assert.equal(log.lines.length, 1);
  assert.match(String(log.lines[0]?.fields["error"]), /is made again each time it is deleted/);
  await clock.advance(300_000);
  assert.deepEqual(await again(32), {});
  assert.equal(requests.length, 13);
});

Deno.test("DeployedAgents leaves agents where the kind of pools is not served", async () => {
  const { agents, requests, put } = setUp({
    get: () => new StatusError(404, "NotFound", "the server could not find the requested resource"),
  });
  put(deploymentOf(KEY));
  await assert.rejects(agents.reconcile(KEY, SIGNAL), StatusError);
  assert.deepEqual(requests, []);
});

Deno.test("DeployedAgents keeps two pools with one agent name from fighting: the second says whose it is", async () => {
  const { agents, requests, put } = setUp();
  const [first, second] = ["default-a/b", "default/a-b"];
  assert.equal(
    agentNameOf({ namespace: "default-a", name: "b" }),
    agentNameOf({ namespace: "default", name: "a-b" }),
  );
  put(deploymentOf(first!));
  put({ ...POOL, metadata: { ...POOL.metadata, name: "a-b" } });
  await agents.reconcile(second!, SIGNAL);
  assert.deepEqual(requests, []);
  const { reason, message } = agents.observe(second!);
  assert.equal(reason, "NameTaken");
  assert.match(message, /it is for ippool default-a\/b; give one of the two pools another name/);
});

Deno.test("DeployedAgents waits for the watch when its object is there already", async () => {
  const { agents, put } = setUp({
    create: ({ kind }, object) =>
      kind === "Deployment" ? new StatusError(409, "AlreadyExists", "already exists") : object,
    get: ({ kind }) => kind === "Deployment" ? deploymentOf(KEY) : NOT_FOUND,
  });
  put(POOL);
  const { requeueAfterMs } = await agents.reconcile(KEY, SIGNAL);
  assert.ok(requeueAfterMs !== undefined && requeueAfterMs < 10_000);
  assert.notEqual(agents.observe(KEY).reason, "NameTaken");
});

Deno.test("DeployedAgents says once in the log, and in each status, which right is missing", async () => {
  const message = 'roles.rbac.authorization.k8s.io is forbidden: User "x" cannot create resource ' +
    '"roles" in API group "rbac.authorization.k8s.io" in the namespace "default"';
  const { agents, requests, put, log } = setUp({
    create: ({ kind }, object) =>
      kind === "Role" ? new StatusError(403, "Forbidden", message) : object,
  });
  put(POOL);
  put({ ...POOL, metadata: { ...POOL.metadata, name: "ippool-2" } });
  await agents.reconcile(KEY, SIGNAL);
  const { requeueAfterMs } = await agents.reconcile("default/ippool-2", SIGNAL);
  assert.ok(requeueAfterMs !== undefined);
  assert.equal(requests.filter((each) => each === "create Deployment").length, 2);
  assert.equal(log.lines.length, 1);
  for (const key of [KEY, "default/ippool-2"]) {
    assert.match(agents.observe(key).message, /cannot create resource "roles".*rbac\/controller/);
    assert.equal(agents.observe(key).reason, "NotAllowed");
  }
});

Deno.test("DeployedAgents names the namespace that is missing", async () => {
  const { agents, put } = setUp({
    create: () => new StatusError(404, "NotFound", 'namespaces "agents" not found'),
  });
  put(POOL);
  await agents.reconcile(KEY, SIGNAL);
  assert.match(agents.observe(KEY).message, /there is no namespace agents .*--namespace/);
});

Deno.test("DeployedAgents mends slowly what somebody changes back each time, and says so", async () => {
  const { agents, requests, put, clock } = setUp();
  put(POOL);
  const replaced = () => requests.filter((each) => each === "replace Role").length;
  let version = 0;
  const mend = async () => {
    const before = replaced();
    const { metadata } = deploymentOf(KEY);
    const changed = { namespace: "default", resourceVersion: `${++version}` };
    put({
      ...{ apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", rules: [] },
      metadata: { ...metadata, ...changed },
    });
    const { requeueAfterMs } = await agents.reconcile(KEY, SIGNAL);
    return { isMended: replaced() > before, requeueAfterMs };
  };
  for (let edit = 0; edit < 30; edit++) await mend();
  assert.equal(replaced(), 12);
  assert.ok((await mend()).requeueAfterMs !== undefined);
  assert.match(agents.observe(KEY).message, /is changed again each time it is mended/);
  await clock.advance(300_000);
  assert.ok((await mend()).isMended);
  assert.doesNotMatch(agents.observe(KEY).message, /is changed again/);
});

Deno.test("release() deletes what was made, seen or not, and only then lets the pool go", async () => {
  const seen = deploymentOf(KEY);
  const { agents, requests, put } = setUp({
    // What was made a moment ago, and no watch has brought.
    get: ({ kind }) =>
      kind === "Role"
        ? { ...deploymentOf(KEY, "r"), kind, metadata: { ...seen.metadata, uid: "r" } }
        : NOT_FOUND,
  });
  put(POOL);
  put(seen);
  const isReleased = await agents.release(KEY, () => {
    requests.push("let go");
    return Promise.resolve();
  }, SIGNAL);
  assert.ok(isReleased);
  assert.deepEqual(requests, [`delete Deployment ${NAME}`, `delete Role ${NAME}`, "let go"]);
});

Deno.test("release() keeps a pool whose agents may not be deleted", async () => {
  const { agents, put } = setUp({
    delete: () =>
      new StatusError(403, "Forbidden", 'User "x" cannot delete resource "deployments" in "y"'),
  });
  put(POOL);
  put(deploymentOf(KEY));
  const isReleased = await agents.release(KEY, () => assert.fail("it went"), SIGNAL);
  assert.equal(isReleased, false);
  assert.match(agents.observe(KEY).message, /cannot delete resource "deployments"/);
});

Deno.test("release() makes nothing again while the pool is let go, and waits for what is being made", async () => {
  const { agents, requests, put } = setUp();
  put(POOL);
  const making = agents.reconcile(KEY, SIGNAL);
  let reconciled: Promise<unknown> | undefined;
  await agents.release(KEY, () => {
    assert.equal(requests.at(-1), "create Deployment");
    reconciled = agents.reconcile(KEY, SIGNAL);
    return Promise.resolve();
  }, SIGNAL);
  await making;
  await reconciled;
});
