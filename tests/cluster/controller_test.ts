/** The controller against a real API server: the same cases as against the embedded one. */

import { CONTROLLER_CASES } from "../contract/controller/all_cases.ts";
import { ControllerWorld } from "../support/controller/controller_world.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { clusterAccessOf, makeNamespace } from "../support/cluster/cluster_access.ts";
import { sharedControlPlane } from "../support/cluster/shared_control_plane.ts";

for (const { name, run } of CONTROLLER_CASES) {
  await integrationTest({
    name: `on a kube-apiserver, the controller ${name}`,
    needs: ["kube"],
    run: async () => {
      const access = await sharedControlPlane();
      const namespace = await makeNamespace(access, "controller");
      await using world = new ControllerWorld(clusterAccessOf(access), namespace);
      await run(world);
    },
  });
}
