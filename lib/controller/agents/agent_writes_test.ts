import assert from "node:assert/strict";
import type { KubeObject } from "../../api/meta.ts";
import { ROLES } from "../../api/resources.ts";
import { StatusError } from "../../kube/contract.ts";
import type { ObjectWriter } from "../runtime/object_writer.ts";
import { writeStep } from "./agent_writes.ts";

const LABELS = {
  "network.harvesterhci.io/vm-dhcp-controller": "agent",
  "network.harvesterhci.io/ippool-namespace": "default",
  "network.harvesterhci.io/ippool-name": "net-48",
};
const OURS: KubeObject = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "Role",
  metadata: {
    name: "default-net-48-agent",
    namespace: "default",
    labels: LABELS,
    annotations: { "network.harvesterhci.io/ippool": "default/net-48" },
  },
};

/** Makes an object whose name another one has, which no watch brings. */
async function makeBeside(found: KubeObject) {
  const replaced: KubeObject[] = [];
  const writer: Pick<ObjectWriter<unknown>, "create" | "read" | "replace"> = {
    create: () => Promise.reject(new StatusError(409, "AlreadyExists", "exists")),
    read: () => Promise.resolve(found),
    replace(object) {
      replaced.push(object);
      return Promise.resolve();
    },
  };
  const step = { do: "create", type: ROLES, object: OURS } as const;
  const stub = { ...writer, cache: {} } as unknown as ObjectWriter<unknown>;
  return { result: await writeStep(step, stub, new AbortController().signal), replaced };
}

Deno.test("writeStep() gives an object its labels back, without which no watch brings it", async () => {
  const metadata = { ...OURS.metadata, labels: { team: "a" }, resourceVersion: "7" };
  const { result, replaced } = await makeBeside({ ...OURS, metadata });
  assert.equal(result, "later");
  assert.deepEqual(replaced, [
    { ...OURS, metadata: { ...metadata, labels: { team: "a", ...LABELS } } },
  ]);
});

Deno.test("writeStep() waits for the watch where nothing is missing, and leaves what is of others", async () => {
  assert.deepEqual(await makeBeside(OURS), { result: "later", replaced: [] });
  const { result, replaced } = await makeBeside({ ...OURS, metadata: { name: "x" } });
  assert.deepEqual(replaced, []);
  assert.ok(typeof result === "object" && result.reason === "NameTaken");
});
