/** `vm-dhcp check` against a real API server, with a stand-in for the controller. */

import assert from "node:assert/strict";
import { CUSTOM_RESOURCE_DEFINITIONS, IPPOOLS } from "../../lib/api/resources.ts";
import { clusterAccessOf } from "../support/cluster/cluster_access.ts";
import { ControlPlane } from "../support/cluster/control_plane.ts";
import { sharedControlPlane } from "../support/cluster/shared_control_plane.ts";
import { ControllerWorld } from "../support/controller/controller_world.ts";
import { readGoDefinitions } from "../support/controller/go_objects.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { outcomeAfterFailures, outcomeOf, StandInController, startCheck } from "./check_process.ts";
import { Workstation } from "./workstation.ts";

await integrationTest({
  name: "vm-dhcp check waits until a controller is ready, and makes nothing",
  needs: ["kube"],
  async run() {
    const access = await sharedControlPlane();
    await using controller = new StandInController(1);
    const check = startCheck(access.kubeconfig, "--controller", controller.address);
    assert.deepEqual(await outcomeOf(check), {
      code: 0,
      stdout: `the controller at ${controller.address} is ready\n` +
        "the API server takes an IPPool in the namespace default\n",
      stderr: "",
    });
    await using world = new ControllerWorld(clusterAccessOf(access), "default");
    const { items } = await world.client.list(IPPOOLS, { namespace: "default" });
    assert.deepEqual(items.filter(({ metadata }) => metadata.name.startsWith("check-")), []);
  },
});

await integrationTest({
  name:
    "vm-dhcp check says what is wrong, a controller that is not ready and old definitions, and how to mend these",
  needs: ["kube"],
  async run() {
    await using plane = await ControlPlane.start({ withoutControllers: true });
    await using world = new ControllerWorld(clusterAccessOf(plane.access), "default");
    for (const definition of readGoDefinitions()) {
      const name = { namespace: "", name: definition.metadata.name };
      const { metadata } = await world.client.get(CUSTOM_RESOURCE_DEFINITIONS, name);
      const { resourceVersion } = metadata;
      await world.client.replace(CUSTOM_RESOURCE_DEFINITIONS, {
        ...definition,
        metadata: { ...definition.metadata, ...(resourceVersion && { resourceVersion }) },
      });
    }
    await using controller = new StandInController(Infinity);
    const check = startCheck(plane.access.kubeconfig, "--controller", controller.address);
    const { code, stdout, stderr } = await outcomeAfterFailures(check, controller, 2);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /^vm-dhcp check: the controller at \S+ is not ready: .*not synced/);
    const [, cure = ""] = /definitions are missing or old; run: (.*)/i.exec(stderr) ?? [];
    await using workstation = await Workstation.open(plane.access);
    await workstation.type(cure);
    assert.equal((await outcomeOf(startCheck(plane.access.kubeconfig))).code, 0);
  },
});
