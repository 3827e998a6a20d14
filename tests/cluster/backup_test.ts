/** What docs/operating.md says of backups and of removal, typed as it stands. */

import assert from "node:assert/strict";
import type { KubeObject } from "../../lib/api/meta.ts";
import {
  DEPLOYMENTS,
  IPPOOLS,
  NAMESPACES,
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
  VIRTUAL_MACHINES,
} from "../../lib/api/resources.ts";
import type { JsonObject } from "../../lib/base/json.ts";
import { clusterAccessOf } from "../support/cluster/cluster_access.ts";
import { ControlPlane } from "../support/cluster/control_plane.ts";
import { readConsoleSteps } from "../support/console/console_session.ts";
import {
  addressesOf,
  ipv4Of,
  macOf,
  makePool,
  makeVm,
} from "../support/controller/controller_objects.ts";
import { ControllerWorld } from "../support/controller/controller_world.ts";
import { eth, makeVirtualMachine } from "../support/controller/virtual_machines.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { freePort } from "../support/network/free_port.ts";
import { ControllerProcess } from "../support/process/controller_process.ts";
import { Workstation } from "./workstation.ts";

const DOCUMENT = new URL("../../docs/operating.md", import.meta.url);
const NAMESPACE = "harvester-system";
const RELEASE = "harvester-vm-dhcp-controller";

/** In the order in which they get their addresses, which is not that of their names; one has a VM. */
const NAMES = ["zebra", "web", "ant"];

/** The commands below a heading. */
async function commandsBelow(heading: string): Promise<readonly string[]> {
  return readConsoleSteps(await Deno.readTextFile(DOCUMENT), heading)
    .map(({ command }) => command);
}

/** A cluster, its controller, and who has which address. */
class Site implements AsyncDisposable {
  #controller: ControllerProcess | undefined;

  private constructor(
    readonly world: ControllerWorld,
    readonly workstation: Workstation,
    readonly kubeconfig: string,
    private readonly cleanUp: AsyncDisposableStack,
  ) {}

  static async start(): Promise<Site> {
    await using cleanUp = new AsyncDisposableStack();
    const { access } = cleanUp.use(await ControlPlane.start());
    const world = cleanUp.use(new ControllerWorld(clusterAccessOf(access), "default"));
    const workstation = cleanUp.use(await Workstation.open(access));
    await makeRelease(world);
    return new Site(world, workstation, access.kubeconfig, cleanUp.move());
  }

  /** Types a command. What it says of the controller's Deployment becomes true of the process. */
  async type(command: string): Promise<void> {
    const replicas = /^kubectl scale .* --replicas=(\d)$/.exec(command)?.[1];
    if (replicas === "0") await this.end();
    await this.workstation.type(command);
    if (replicas === "1") await this.begin();
  }

  async begin(): Promise<void> {
    this.#controller = new ControllerProcess(this.kubeconfig, freePort());
    await this.#controller.leads();
  }

  async end(): Promise<void> {
    this.#controller?.signal("SIGTERM");
    await this.#controller?.ended();
  }

  /** Makes the VMs one after the other. */
  async makeVms(): Promise<void> {
    const { world } = this;
    await makePool(world);
    for (const [i, name] of NAMES.entries()) {
      if (name === "web") await makeVirtualMachine(world, name, [eth(0, i)]);
      else await makeVm(world, name, [{ macAddress: macOf(i) }]);
      await this.config(name, (config) => addressesOf(config) === `192.168.48.${82 + i}`);
    }
  }

  /** Waits until a configuration is as it should be. */
  config(name: string, holds: (config: KubeObject) => boolean): Promise<KubeObject> {
    return this.world.until(VIRTUAL_MACHINE_NETWORK_CONFIGS, name, { what: name, holds });
  }

  /** Waits until all have one, and what they were told is in the record. */
  async addresses(): Promise<JsonObject> {
    const told: Record<string, string> = {};
    for (const name of NAMES) {
      told[name] = addressesOf(await this.config(name, (config) => addressesOf(config) !== ""));
    }
    const pool = await this.world.until(IPPOOLS, "ippool-1", {
      what: "a pool with three addresses in use",
      holds: (object) => ipv4Of(object).used === NAMES.length,
    });
    return { told, allocated: ipv4Of(pool).allocated ?? {} };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#controller?.[Symbol.asyncDispose]();
    await this.cleanUp.disposeAsync();
  }
}

/** The Deployment that the page scales. Nothing of it runs. */
async function makeRelease(world: ControllerWorld): Promise<void> {
  await world.client.create(NAMESPACES, {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: NAMESPACE },
  });
  const labels = { app: RELEASE };
  await world.client.create(DEPLOYMENTS, {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: RELEASE, namespace: NAMESPACE },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: "controller", image: "vm-dhcp.test/none" }] },
      },
    },
  });
}

/** Ways to lose everything, and what becomes of the backup meanwhile. */
const LOSSES: Readonly<Record<string, (site: Site) => Promise<void>>> = {
  "definitions are deleted, and all objects with them": async ({ workstation }) => {
    await workstation.type(
      "kubectl delete crds ippools.network.harvesterhci.io " +
        "virtualmachinenetworkconfigs.network.harvesterhci.io",
    );
  },
  "objects and VMs are deleted, and come back in another order": async (site) => {
    const { workstation, world } = site;
    await workstation.type("kubectl delete vm web && kubectl delete vmnetcfgs,ippools --all");
    // Made anew, a VM has another UID: what names the old one as its owner would be collected.
    await site.end();
    await makeVirtualMachine(world, "web", [eth(0, NAMES.indexOf("web"))]);
    await workstation.type("jq '.items |= reverse' backup.json > other && mv other backup.json");
  },
};

async function restoreAfter(lose: (site: Site) => Promise<void>, site: Site): Promise<void> {
  const before = await site.addresses();
  const [backUp, ...restore] = await commandsBelow("6. Back up and restore");
  await site.type(backUp!);
  await lose(site);
  for (const command of restore) await site.type(command);
  // It belongs to its VM again, whichever that is now.
  const vm = await site.world.get(VIRTUAL_MACHINES, "web");
  await site.config(
    "web",
    ({ metadata }) => metadata.ownerReferences?.[0]?.uid === vm.metadata.uid,
  );
  assert.deepEqual(await site.addresses(), before);
  // It would have the whole record once more, and there is no room for that of a large pool.
  const { metadata } = await site.world.get(IPPOOLS, "ippool-1");
  assert.ok(!("kubectl.kubernetes.io/last-applied-configuration" in (metadata.annotations ?? {})));
}

/** Without a controller, objects that have its finalizers would stay in deletion. */
async function takeBack(site: Site): Promise<void> {
  await site.end();
  for (const command of await commandsBelow("7. Remove")) await site.type(command);
  await site.workstation.type("kubectl delete vmnetcfgs,ippools --all --timeout=30s");
  // As the hook does, which waits for the pods of the controller.
  await site.workstation.type(`vm-dhcp uninstall --namespace ${NAMESPACE} --deployment ${RELEASE}`);
  const left = `kubectl get deployments,replicasets,pods -n ${NAMESPACE} -o name`;
  assert.equal(await site.workstation.type(left), "");
}

await integrationTest({
  name: "a backup brings every address back, and what a controller has left can be taken back",
  needs: ["kube", "jq"],
  run: async (context) => {
    await using site = await Site.start();
    await site.begin();
    await site.makeVms();
    for (const [what, lose] of Object.entries(LOSSES)) {
      await context.step(what, () => restoreAfter(lose, site));
    }
    await context.step("a release went without its hook", () => takeBack(site));
  },
});
