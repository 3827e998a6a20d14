import assert from "node:assert/strict";
import { ownPod, readPod } from "../../../tests/support/controller/agent_worlds.ts";
import type { KubeObject } from "../../api/meta.ts";
import { type KubeClient, type ListOptions, StatusError } from "../../kube/contract.ts";
import { PodWarnings } from "./pod_warnings.ts";

const SIGNAL = new AbortController().signal;
const WAITING = readPod(ownPod("a", {
  status: {
    phase: "Pending",
    conditions: [],
    containerStatuses: [
      { name: "agent", ready: false, state: { waiting: { reason: "ContainerCreating" } } },
    ],
  },
}));
const READY = readPod(ownPod("a"));

/** An API server that answers lists with this, or refuses them. */
function serverWith(answer: readonly KubeObject[] | Error) {
  const asked: ListOptions[] = [];
  const client: Pick<KubeClient, "list"> = {
    list(_type, options = {}) {
      asked.push(options);
      if (answer instanceof Error) return Promise.reject(answer);
      return Promise.resolve({ resourceVersion: "1", continue: "", items: answer });
    },
  };
  return { asked, warnings: new PodWarnings(client, "vm-dhcp") };
}

const WARNING: KubeObject = {
  apiVersion: "events.k8s.io/v1",
  kind: "Event",
  metadata: { name: "x" },
  type: "Warning",
  reason: "FailedCreatePodSandBox",
  note: "no such bridge",
};

Deno.test("PodWarnings asks about a pod that still waits at the second look", async () => {
  const { asked, warnings } = serverWith([WARNING]);
  assert.equal(await warnings.look("ns/p", [WAITING], SIGNAL), 5000);
  assert.deepEqual(asked, []);
  assert.equal(await warnings.look("ns/p", [WAITING], SIGNAL), 30_000);
  assert.deepEqual(asked.map(({ namespace, fieldSelector }) => [namespace, fieldSelector]), [
    ["vm-dhcp", "regarding.uid=uid-a,type=Warning"],
  ]);
  assert.equal(warnings.of("ns/p").get("uid-a"), "FailedCreatePodSandBox: no such bridge");
  assert.equal(warnings.of("ns/other").size, 0);
});

Deno.test("PodWarnings forgets a pod that waits no more", async () => {
  const { asked, warnings } = serverWith([WARNING]);
  await warnings.look("ns/p", [WAITING], SIGNAL);
  await warnings.look("ns/p", [WAITING], SIGNAL);
  assert.equal(await warnings.look("ns/p", [READY], SIGNAL), undefined);
  assert.equal(warnings.of("ns/p").size, 0);
  assert.equal(asked.length, 1);
});

Deno.test("PodWarnings knows nothing where it may not read Events", async () => {
  const { warnings } = serverWith(new StatusError(403, "Forbidden", "cannot list events"));
  await warnings.look("ns/p", [WAITING], SIGNAL);
  assert.equal(await warnings.look("ns/p", [WAITING], SIGNAL), 30_000);
  assert.equal(warnings.of("ns/p").get("uid-a"), "");
});
