/** Events of kubelets, as a real API server has them. */

import assert from "node:assert/strict";
import { PodWarnings } from "../../lib/controller/agents/pod_warnings.ts";
import { ApiConnection } from "../support/apiserver/api_connection.ts";
import { clusterAccessOf, makeNamespace } from "../support/cluster/cluster_access.ts";
import { sharedControlPlane } from "../support/cluster/shared_control_plane.ts";
import { ownPod, readPod } from "../support/controller/agent_worlds.ts";
import { ControllerWorld } from "../support/controller/controller_world.ts";
import { integrationTest } from "../support/harness/integration_test.ts";

await integrationTest({
  name: "what a kubelet warned of last about a pod is read from a real API server",
  needs: ["kube"],
  async run() {
    const access = await sharedControlPlane();
    const namespace = await makeNamespace(access, "warnings");
    await using world = new ControllerWorld(clusterAccessOf(access), namespace);
    using api = new ApiConnection(access);
    const write = async (name: string, uid: string, fields: object) => {
      const body = {
        apiVersion: "v1",
        kind: "Event",
        metadata: { name, namespace },
        involvedObject: { apiVersion: "v1", kind: "Pod", name: "agent-1", namespace, uid },
        type: "Warning",
        reason: "FailedCreatePodSandBox",
        source: { component: "kubelet", host: "node-1" },
        ...fields,
      };
      const { status, text } = await api.send("POST", `/api/v1/namespaces/${namespace}/events`, {
        body,
      });
      assert.equal(status, 201, text);
    };
    const times = (second: number) => ({
      firstTimestamp: "2026-01-01T00:00:00Z",
      lastTimestamp: `2026-01-01T00:00:0${second}Z`,
    });
    await write("newer", "uid-agent-1", { message: "no such bridge", ...times(5) });
    await write("older", "uid-agent-1", { message: "no such plugin", ...times(4) });
    await write("good", "uid-agent-1", { type: "Normal", message: "scheduled", ...times(6) });
    await write("other", "uid-other", { message: "of another pod", ...times(7) });
    const waiting = { name: "agent", ready: false, state: { waiting: {} } };
    const pod = readPod(ownPod("agent-1", {
      status: { phase: "Pending", conditions: [], containerStatuses: [waiting] },
    }));
    const warnings = new PodWarnings(world.client, namespace);
    const { signal } = new AbortController();
    await warnings.look("default/p", [pod], signal);
    await warnings.look("default/p", [pod], signal);
    assert.deepEqual([...warnings.of("default/p")], [
      ["uid-agent-1", "FailedCreatePodSandBox: no such bridge"],
    ]);
  },
});
