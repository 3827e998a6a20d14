/**
 * An API server that is killed and started again while objects are updated: 20 times in 2,000 updates
 * in `./dev soak`, otherwise three times in 300.
 */

import { clusterAccessOf, makeNamespace } from "../support/cluster/cluster_access.ts";
import { ControlPlane } from "../support/cluster/control_plane.ts";
import { EmbeddedProcess } from "../support/apiserver/embedded_process.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { runRestartCourse } from "./restart_course.ts";
import { IS_SOAK } from "../support/harness/soak.ts";

const RESTARTS = IS_SOAK ? 20 : 3;
const UPDATES_PER_RESTART = 100;

Deno.test("Informer and client lose nothing when the embedded API server is killed again and again", async () => {
  await using server = await EmbeddedProcess.start();
  const tally = await runRestartCourse({
    access: server.access,
    namespace: "default",
    updatesPerRestart: UPDATES_PER_RESTART,
    restarts: RESTARTS,
    restart: () => server.restart(),
  });
  console.log(`embedded: ${JSON.stringify(tally)}`);
});

await integrationTest({
  name: "Informer and client lose nothing when a kube-apiserver is killed again and again",
  needs: ["kube"],
  run: async () => {
    await using plane = await ControlPlane.start({ withoutControllers: true });
    const tally = await runRestartCourse({
      access: clusterAccessOf(plane.access),
      namespace: await makeNamespace(plane.access, "restarts"),
      updatesPerRestart: UPDATES_PER_RESTART,
      restarts: RESTARTS,
      restart: () => plane.restartApiServer(),
    });
    console.log(`kube-apiserver: ${JSON.stringify(tally)}`);
  },
});
