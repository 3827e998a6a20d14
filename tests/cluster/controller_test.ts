/** The controller against a real API server: the same cases as against the embedded one. */

import { ADDRESS_CASES } from "../contract/controller/controller_cases.ts";
import { GO_VERSION_CASES } from "../contract/controller/controller_go_version_cases.ts";
import { LIFECYCLE_CASES } from "../contract/controller/controller_lifecycle_cases.ts";
import { NETWORK_CASES } from "../contract/controller/controller_network_cases.ts";
import { RECORD_CASES } from "../contract/controller/controller_record_cases.ts";
import { ControllerWorld } from "../support/controller/controller_world.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { clusterAccessOf, makeNamespace } from "../support/cluster/cluster_access.ts";
import { sharedControlPlane } from "../support/cluster/shared_control_plane.ts";

for (
  const { name, run } of [
    ...ADDRESS_CASES,
    ...LIFECYCLE_CASES,
    ...RECORD_CASES,
    ...NETWORK_CASES,
    ...GO_VERSION_CASES,
  ]
) {
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
