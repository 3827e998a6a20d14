import assert from "node:assert/strict";
import { StatusError } from "../../../lib/kube/contract.ts";
import { parsePod } from "../../../lib/api/workload/pod.ts";
import type { KubeObject } from "../../../lib/api/meta.ts";
import { TransportError } from "../../../lib/kube/client/transport/transport_error.ts";
import { goPod } from "../../../tests/support/controller/agent_worlds.ts";
import { observed } from "../../../tests/support/explain/worlds.ts";
import { askPods } from "./agents.ts";

const POOL = "default/net-48";
const POD = observed(goPod({}) as unknown as KubeObject, parsePod);
const AGENT = `agent ${POD.object.metadata.namespace}/${POD.object.metadata.name}`;

const FAILURES = [
  {
    what: "a pod that is gone",
    error: new StatusError(404, "NotFound", 'pods "x" not found'),
    why: `${AGENT}: pods "x" not found`,
  },
  {
    what: "a connection that breaks",
    error: new TransportError("GET /x", "broken", "pods/portforward cannot be read"),
    why: `${AGENT}: GET /x failed: pods/portforward cannot be read`,
  },
  {
    what: "a missing right",
    error: new StatusError(403, "Forbidden", "no"),
    why: "you need the right to get and create pods/portforward in namespace " +
      POD.object.metadata.namespace,
  },
  {
    what: "an API server that is away",
    error: new TransportError("GET /x", "unreachable", "no route"),
    why: "the API server at https://api cannot be reached: GET /x failed: no route",
  },
];

for (const { what, error, why } of FAILURES) {
  Deno.test(`askPods() says of ${what} what it is`, async () => {
    const client = { askPod: () => Promise.reject(error) };
    const answers = await askPods(
      { client, server: "https://api" },
      { pools: [POOL], pods: { ok: true, value: [POD] } },
      new AbortController().signal,
    );
    const [answer] = answers.get(POOL)!;
    assert.deepEqual(answer!.leases, { ok: false, why });
    assert.deepEqual(answer!.unknown, { ok: false, why });
  });
}
