/** A controller that lacks one right: what does not need the right works, and all works once it is given. */

import { VIRTUAL_MACHINE_NETWORK_CONFIGS, VIRTUAL_MACHINES } from "../../lib/api/resources.ts";
import { Account, nameOf, type Right, rightsOfExample } from "../support/cluster/account.ts";
import { clusterAccessOf, makeNamespace } from "../support/cluster/cluster_access.ts";
import { sharedControlPlane } from "../support/cluster/shared_control_plane.ts";
import {
  macOf,
  makePool,
  makeVm,
  untilCondition,
  untilUsed,
} from "../support/controller/controller_objects.ts";
import { ControllerWorld } from "../support/controller/controller_world.ts";
import { eth, makeVirtualMachine } from "../support/controller/virtual_machines.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { waitUntil } from "../support/harness/wait_until.ts";
import { RecordingLogger } from "../support/metrics/recording_logger.ts";

const UNUSED = new Set(["apiextensions.k8s.io", "events", "roles", "rolebindings"]);

/** Every right of the example that concerns objects of a namespace, and that every controller uses. */
const RIGHTS = rightsOfExample("vm-dhcp-controller").filter(({ group, resource }) =>
  ![group, resource].some((each) => UNUSED.has(each))
);

/**
 * Rights without which a VirtualMachineNetworkConfig gets no address. This API server sends the objects
 * that are there along with a watch, so nothing of ours is listed.
 */
const NEEDED = new Set([
  ...["ippools", "virtualmachinenetworkconfigs"].flatMap((kind) =>
    ["watch", "patch"].map((verb) => `${verb} ${kind}`)
  ),
  ...["ippools/status", "virtualmachinenetworkconfigs/status"].map((kind) => `update ${kind}`),
]);

/** The other rights that a controller tries to use while these tests wait. */
const TRIED = new Set([
  "create virtualmachinenetworkconfigs",
  ...["list", "watch", "patch"].map((verb) => `${verb} network-attachment-definitions`),
  ...["list", "watch"].map((verb) => `${verb} virtualmachines`),
]);

/** Waits until the log says what is not allowed. */
async function untilRefused(log: RecordingLogger, { verb, resource }: Right): Promise<void> {
  const what = `cannot ${verb} resource "${resource}"`;
  await waitUntil(
    () => log.lines.some(({ fields }) => String(fields["error"]).includes(what)) || undefined,
    { what: `a line of the log that says ${what}`, explain: () => JSON.stringify(log.lines) },
  );
}

async function tryWithout(missing: Right, all: readonly Right[]): Promise<void> {
  const access = await sharedControlPlane();
  const namespace = await makeNamespace(access, "rights");
  const account = new Account(access, namespace);
  const token = await account.make(all.filter((right) => right !== missing));
  await using users = new ControllerWorld(clusterAccessOf(access), namespace);
  await using world = new ControllerWorld(clusterAccessOf({ ...access, token }), namespace);
  const log = new RecordingLogger();
  const starting = world.start(log);
  await makePool(users);
  await makeVm(users, "vm-1", [{ macAddress: macOf(1) }]);
  await makeVirtualMachine(users, "vm-2", [eth(0, 2)]);
  if (!NEEDED.has(nameOf(missing))) await untilCondition(users, "vm-1", "Allocated True");
  if (NEEDED.has(nameOf(missing)) || TRIED.has(nameOf(missing))) await untilRefused(log, missing);
  await account.grant(all);
  await starting;
  await untilCondition(users, "vm-1", "Allocated True");
  await untilCondition(users, "vm-2", "Allocated True");
  await untilUsed(users, 2);
  await users.delete(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-1");
  await users.delete(VIRTUAL_MACHINES, "vm-2");
  await users.untilGone(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-1");
  await users.untilGone(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-2");
  await untilUsed(users, 0);
}

for (const right of RIGHTS) {
  await integrationTest({
    name: `a controller that may not ${nameOf(right)} does the rest, and all once it may`,
    needs: ["kube"],
    run: () => tryWithout(right, RIGHTS),
  });
}
