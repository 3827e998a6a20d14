import assert from "node:assert/strict";
import { formatNamespacedName, type KubeObject, type ResourceType } from "../api/meta.ts";
import { DEPLOYMENTS, IPPOOLS } from "../api/resources.ts";
import { type KubeClient, StatusError } from "../kube/contract.ts";
import { FakeClock } from "../../tests/support/clocks/fake_clock.ts";
import { RecordingLogger } from "../../tests/support/metrics/recording_logger.ts";
import { IPPOOL_FINALIZER, VMNETCFG_FINALIZER } from "../reconcile/names.ts";
import { endController, removeAgents, removeFinalizers } from "./uninstall.ts";

const NOT_FOUND = new StatusError(404, "NotFound", "there is none");
const CONFLICT = new StatusError(409, "Conflict", "the object has been modified");

/** A cluster with these objects by plural, two on a page; it notes what is asked for. */
class Cluster {
  readonly asked: string[] = [];
  /** How many of the next writes somebody else is faster with. */
  conflicts = 0;

  constructor(readonly objects: Readonly<Record<string, readonly KubeObject[]>>) {}

  readonly client: Pick<KubeClient, "get" | "list" | "mergePatch" | "delete"> = {
    list: ({ plural }, { namespace = "*", labelSelector = "", continue: first = "0" } = {}) => {
      const all = this.objects[plural];
      if (all === undefined) return Promise.reject(NOT_FOUND);
      if (first === "0") this.asked.push(`list ${plural} ${namespace} ${labelSelector}`.trim());
      const next = Number(first) + 2;
      return Promise.resolve({
        resourceVersion: "9",
        continue: next < all.length ? String(next) : "",
        items: all.slice(Number(first), next),
      });
    },
    get: ({ plural }, { name }) => {
      const found = this.objects[plural]!.find(({ metadata }) => metadata.name === name)!;
      return Promise.resolve({ ...found, metadata: { ...found.metadata, resourceVersion: "2" } });
    },
    mergePatch: (type, name, patch) => {
      if (this.conflicts-- > 0) return Promise.reject(CONFLICT);
      this.asked.push(
        `patch ${type.plural} ${formatNamespacedName(name)} ${JSON.stringify(patch)}`,
      );
      return Promise.resolve({} as KubeObject);
    },
    delete: ({ plural }, name, { propagationPolicy = "" } = {}) => {
      this.asked.push(`delete ${plural} ${formatNamespacedName(name)} ${propagationPolicy}`.trim());
      return plural === "secrets" ? Promise.reject(NOT_FOUND) : Promise.resolve();
    },
  };

  parts() {
    return {
      client: this.client,
      log: new RecordingLogger(),
      signal: new AbortController().signal,
    };
  }
}

function objectOf(type: ResourceType, name: string, finalizers: readonly string[] = []) {
  return {
    apiVersion: "v1",
    kind: type.kind,
    metadata: { namespace: "default", name, resourceVersion: "1", finalizers },
  };
}

Deno.test("removeAgents() deletes what bears the label of agents, and nothing else", async () => {
  const one = [objectOf(DEPLOYMENTS, "a")];
  const cluster = new Cluster({
    deployments: [...one, objectOf(DEPLOYMENTS, "b"), objectOf(DEPLOYMENTS, "c")],
    secrets: one,
    serviceaccounts: one,
    rolebindings: one,
    roles: one,
  });
  await removeAgents(cluster.parts(), "system");
  const label = "network.harvesterhci.io/vm-dhcp-controller=agent";
  assert.deepEqual(cluster.asked, [
    `list deployments system ${label}`,
    ...["a", "b", "c"].map((name) => `delete deployments default/${name}`),
    `list secrets system ${label}`,
    "delete secrets default/a",
    `list serviceaccounts system ${label}`,
    "delete serviceaccounts default/a",
    `list rolebindings * ${label}`,
    "delete rolebindings default/a",
    `list roles * ${label}`,
    "delete roles default/a",
  ]);
});

Deno.test("removeFinalizers() takes ours from all objects, and leaves those of others", async () => {
  const cluster = new Cluster({
    ippools: [
      objectOf(IPPOOLS, "a", ["theirs", IPPOOL_FINALIZER]),
      objectOf(IPPOOLS, "b", ["theirs"]),
      objectOf(IPPOOLS, "c", [IPPOOL_FINALIZER]),
    ],
    virtualmachinenetworkconfigs: [objectOf(IPPOOLS, "vm", [VMNETCFG_FINALIZER])],
  });
  cluster.conflicts = 1;
  await removeFinalizers(cluster.parts());
  const patch = (finalizers: readonly string[], resourceVersion: string) =>
    JSON.stringify({ metadata: { finalizers, resourceVersion } });
  assert.deepEqual(cluster.asked, [
    "list virtualmachinenetworkconfigs *",
    `patch virtualmachinenetworkconfigs default/vm ${patch([], "2")}`,
    "list ippools *",
    `patch ippools default/a ${patch(["theirs"], "1")}`,
    `patch ippools default/c ${patch([], "1")}`,
  ]);
});

Deno.test("removeFinalizers() has nothing to do where our kinds are gone", async () => {
  const cluster = new Cluster({});
  await removeFinalizers(cluster.parts());
  assert.deepEqual(cluster.asked, []);
});

Deno.test("removeFinalizers() gives up on an object that changes all the time", async () => {
  const cluster = new Cluster({ ippools: [objectOf(IPPOOLS, "a", [IPPOOL_FINALIZER])] });
  cluster.conflicts = Infinity;
  await assert.rejects(removeFinalizers(cluster.parts()), CONFLICT);
});

const CONTROLLER = { namespace: "system", name: "a" };

/** The end of a controller in a cluster in which its Deployment is there until a time. */
function endingUntil(goneMs: number) {
  const clock = new FakeClock();
  const startMs = clock.monotonicMs();
  const cluster = new Cluster({ deployments: [objectOf(DEPLOYMENTS, "a")] });
  const get: KubeClient["get"] = (type, name) =>
    clock.monotonicMs() - startMs >= goneMs
      ? Promise.reject(NOT_FOUND)
      : cluster.client.get(type, name);
  const parts = { ...cluster.parts(), clock, client: { ...cluster.client, get } };
  return { cluster, clock, parts, ending: endController(parts, CONTROLLER) };
}

Deno.test("endController() waits until all pods of the controller are gone", async () => {
  const { cluster, clock, parts, ending } = endingUntil(3000);
  assert.equal(await Promise.race([ending.then(() => "ended"), clock.advance(2900)]), undefined);
  await Promise.all([ending, clock.advance(1000)]);
  assert.deepEqual(cluster.asked, ["delete deployments system/a Foreground"]);
  assert.deepEqual(parts.log.lines.map(({ level }) => level), ["info"]);
});

Deno.test("endController() waits a minute for pods on nodes that are lost", async () => {
  const { clock, parts, ending } = endingUntil(Infinity);
  await Promise.all([ending, clock.advance(61_000)]);
  assert.deepEqual(parts.log.lines.map(({ level }) => level), ["info", "warn"]);
});

Deno.test("endController() takes a controller that is gone for ended, and tells of other errors", async () => {
  const client = { ...new Cluster({}).client, get: () => Promise.reject(NOT_FOUND) };
  const parts = { ...new Cluster({}).parts(), clock: new FakeClock() };
  const gone = { ...client, delete: () => Promise.reject(NOT_FOUND) };
  await endController({ ...parts, client: gone }, CONTROLLER);
  const refused = new StatusError(403, "Forbidden", "not you");
  const forbidden = { ...client, delete: () => Promise.reject(refused) };
  await assert.rejects(endController({ ...parts, client: forbidden }, CONTROLLER), refused);
});
