/** A controller that a real API server holds back, by its priority and fairness: it loses no work. */

import assert from "node:assert/strict";
import type { JsonObject } from "../../lib/base/json.ts";
import { VIRTUAL_MACHINES } from "../../lib/api/resources.ts";
import { createKubeClient } from "../../lib/kube/client/rest_client.ts";
import { createClock } from "../../lib/sys/host/clock.ts";
import { ApiConnection } from "../support/apiserver/api_connection.ts";
import { clusterAccessOf, makeNamespace } from "../support/cluster/cluster_access.ts";
import { ControlPlane } from "../support/cluster/control_plane.ts";
import { ControllerWorld } from "../support/controller/controller_world.ts";
import { untilSettled } from "../support/traffic/settled_world.ts";
import { makeTrafficPools } from "../support/traffic/traffic_pools.ts";
import { BY_VIRTUAL_MACHINES } from "../support/traffic/vm_kinds.ts";
import { VmTraffic } from "../support/traffic/vm_traffic.ts";
import { WorldHistory } from "../support/traffic/world_history.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { mulberry32 } from "../support/harness/seeded_random.ts";
import { IS_SOAK } from "../support/harness/soak.ts";
import { RecordingLogger } from "../support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../support/metrics/recording_registry.ts";

const VMS = IS_SOAK ? 500 : 120;
const RIVALS = 2;
const SETTLE_MS_MAX = 180_000;
const USER = "vm-dhcp-controller";
const FLOWS = "/apis/flowcontrol.apiserver.k8s.io/v1";

async function post(plane: ControlPlane, path: string, body: JsonObject): Promise<void> {
  using api = new ApiConnection(plane.access);
  const { status, text } = await api.send("POST", path, { body });
  assert.equal(status, 201, text);
}

/** Lets the user do everything, but no two requests at a time. */
async function throttle(plane: ControlPlane): Promise<void> {
  const metadata = { name: USER };
  await post(plane, "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata,
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: USER }],
  });
  await post(plane, `${FLOWS}/prioritylevelconfigurations`, {
    apiVersion: "flowcontrol.apiserver.k8s.io/v1",
    kind: "PriorityLevelConfiguration",
    metadata,
    spec: {
      type: "Limited",
      limited: {
        nominalConcurrencyShares: 1,
        lendablePercent: 0,
        borrowingLimitPercent: 0,
        limitResponse: { type: "Reject" },
      },
    },
  });
  await post(plane, `${FLOWS}/flowschemas`, {
    apiVersion: "flowcontrol.apiserver.k8s.io/v1",
    kind: "FlowSchema",
    metadata,
    spec: {
      matchingPrecedence: 100,
      priorityLevelConfiguration: { name: USER },
      rules: [{
        subjects: [{ kind: "User", user: { name: USER } }],
        resourceRules: [{
          verbs: ["*"],
          apiGroups: ["*"],
          resources: ["*"],
          namespaces: ["*"],
          clusterScope: true,
        }],
      }],
    },
  });
}

await integrationTest({
  name: `a controller serves ${VMS} VMs whose API server refuses many of its requests with 429`,
  needs: ["kube"],
  run: async () => {
    await using cleanUp = new AsyncDisposableStack();
    const plane = cleanUp.use(await ControlPlane.start());
    await throttle(plane);
    const namespace = await makeNamespace(plane.access, "throttled");
    const { token: _, ...nobody } = clusterAccessOf(plane.access);
    const { cert, key } = await plane.issueCertificate({ commonName: USER });
    const access = { ...nobody, clientCertificate: { text: cert }, clientKey: { text: key } };
    const users = cleanUp.use(new ControllerWorld(clusterAccessOf(plane.access), namespace));
    const world = cleanUp.use(new ControllerWorld(access, namespace));
    const history = cleanUp.use(new WorldHistory(users.client, namespace));
    await makeTrafficPools(users);
    const { log } = await world.start();
    // Another program of the same user takes what there is.
    const parts = { clock: createClock(), random: Math.random, log: new RecordingLogger() };
    const registry = new RecordingRegistry();
    const rival = createKubeClient(access, { ...parts, registry, userAgent: "rival" });
    cleanUp.defer(() => rival.close());
    let isDone = false;
    const rivalry = Promise.all(Array.from({ length: RIVALS }, async () => {
      while (!isDone) await rival.list(VIRTUAL_MACHINES).catch(() => {});
    }));
    const traffic = new VmTraffic(BY_VIRTUAL_MACHINES, users, mulberry32(7), VMS);
    await traffic.fill();
    const explain = () => JSON.stringify(log.lines.slice(-10));
    await untilSettled(users, { wishes: traffic.wishes, limitMs: SETTLE_MS_MAX, explain });
    isDone = true;
    await rivalry;
    assert.deepEqual(await history.breaches(), []);
    const refused = [...registry.values].filter(([name]) => /requests_total.*429/.test(name));
    assert.ok(refused.length > 0, "nothing was refused");
  },
});
