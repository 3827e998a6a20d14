/** How a controller follows NICs that come, go, and move, and what it does not let them do to others. */

import assert from "node:assert/strict";
import {
  IPPOOLS,
  NETWORK_ATTACHMENT_DEFINITIONS,
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
} from "../../../lib/api/resources.ts";
import { ippoolSample } from "../../support/apiserver/samples.ts";
import {
  addressesOf,
  conditionOf,
  ipv4Of,
  macOf,
  makePool,
  makeReadyPool,
  makeVm,
  setNics,
  untilAddresses,
  untilCondition,
  untilUsed,
} from "../../support/controller/controller_objects.ts";
import type { ControllerWorld } from "../../support/controller/controller_world.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import type { ControllerCase } from "./controller_cases.ts";

/** Makes another network with a pool, which hands out 10.49.0.10 to .19. */
async function makeOtherPool(world: ControllerWorld): Promise<void> {
  await world.create(NETWORK_ATTACHMENT_DEFINITIONS, {
    apiVersion: "k8s.cni.cncf.io/v1",
    kind: "NetworkAttachmentDefinition",
    metadata: { name: "net-49" },
    spec: { config: "{}" },
  });
  const ipv4Config = { cidr: "10.49.0.0/24", serverIP: "10.49.0.2", router: "10.49.0.1" };
  const pool = { start: "10.49.0.10", end: "10.49.0.19", exclude: undefined };
  const metadata = { name: "ippool-2" };
  await world.create(
    IPPOOLS,
    ippoolSample({ metadata, ipv4Config, pool, spec: { networkName: "net-49" } }),
  );
}

async function claimAnothersAddress(world: ControllerWorld): Promise<void> {
  await world.start();
  await makePool(world);
  for (const n of [1, 2]) {
    await makeVm(world, `vm-${n}`, [{ macAddress: macOf(n) }]);
    await untilAddresses(world, `vm-${n}`, `192.168.48.8${n + 1}`);
  }
  const lie = {
    allocatedIPAddress: "192.168.48.82",
    macAddress: macOf(2),
    networkName: `${world.namespace}/net-48`,
    state: "Allocated",
  };
  await world.client.mergePatch(VIRTUAL_MACHINE_NETWORK_CONFIGS, world.nameOf("vm-2"), {
    status: { networkConfigs: [lie] },
  }, { subresource: "status" });
  await untilAddresses(world, "vm-2", "192.168.48.83");
  await world.delete(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-2");
  await world.untilGone(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-2");
  const { allocated } = ipv4Of(await untilUsed(world, 1));
  assert.equal(allocated?.["192.168.48.82"], macOf(1));
}

export const NIC_CASES: readonly ControllerCase[] = [
  {
    need: "NICs that change",
    name: "frees the address of a NIC that moves to another network, and gives it one there",
    async run(world) {
      await world.start();
      await makePool(world);
      await makeOtherPool(world);
      await makeVm(world, "vm-1", [{ macAddress: macOf(1) }]);
      await untilAddresses(world, "vm-1", "192.168.48.82");
      await setNics(world, "vm-1", [{ macAddress: macOf(1), networkName: "net-49" }]);
      await untilAddresses(world, "vm-1", "10.49.0.10");
      await untilUsed(world, 0);
      await untilCondition(world, "vm-1", "Allocated True");
    },
  },
  {
    need: "NICs that change",
    name: "gives a NIC with another MAC another address, and frees that of the old MAC",
    async run(world) {
      await world.start();
      await makePool(world);
      await makeVm(world, "vm-1", [{ macAddress: macOf(1) }]);
      await untilAddresses(world, "vm-1", "192.168.48.82");
      await setNics(world, "vm-1", [{ macAddress: macOf(2) }]);
      await untilAddresses(world, "vm-1", "192.168.48.83");
      const { allocated } = ipv4Of(await untilUsed(world, 1));
      assert.equal(allocated?.["192.168.48.83"], macOf(2));
      assert.equal(allocated["192.168.48.82"], undefined);
    },
  },
  {
    need: "NICs that change",
    name: "leaves each MAC its address when the NICs of a VM change places",
    async run(world) {
      await world.start();
      await makeReadyPool(world);
      const nics = [1, 2, 3].map((n) => ({ macAddress: macOf(n) }));
      await makeVm(world, "vm-1", nics);
      await untilAddresses(world, "vm-1", "192.168.48.82 192.168.48.83 192.168.48.84");
      const { resourceVersion } = (await untilUsed(world, 3)).metadata;
      await setNics(world, "vm-1", nics.toReversed());
      await untilAddresses(world, "vm-1", "192.168.48.84 192.168.48.83 192.168.48.82");
      const pool = await world.get(IPPOOLS, "ippool-1");
      assert.equal(pool.metadata.resourceVersion, resourceVersion);
    },
  },
  {
    need: "MACs that two VMs exchange",
    name: "gives the MACs that two VMs exchange one address each",
    async run(world) {
      await world.start();
      await makePool(world);
      for (const n of [1, 2]) {
        await makeVm(world, `vm-${n}`, [{ macAddress: macOf(n) }]);
        await untilAddresses(world, `vm-${n}`, `192.168.48.8${n + 1}`);
      }
      await setNics(world, "vm-1", [{ macAddress: macOf(2) }]);
      await setNics(world, "vm-2", [{ macAddress: macOf(1) }]);
      const vms = await Promise.all(
        ["vm-1", "vm-2"].map((name) =>
          world.until(VIRTUAL_MACHINE_NETWORK_CONFIGS, name, {
            what: `${name} to be served`,
            holds: (vm) =>
              conditionOf(vm, "Allocated") === "True" && /^[0-9.]+$/.test(addressesOf(vm)) &&
              JSON.stringify(vm.status).includes(macOf(name === "vm-1" ? 2 : 1)),
          })
        ),
      );
      const { allocated } = ipv4Of(await untilUsed(world, 2));
      assert.equal(allocated?.[addressesOf(vms[0]!)], macOf(2));
      assert.equal(allocated?.[addressesOf(vms[1]!)], macOf(1));
    },
  },
  {
    need: "no leak when one NIC fails",
    name: "leaves nothing behind of a VM of which only one NIC was ever served",
    async run(world) {
      await world.start();
      await makePool(world);
      await makeOtherPool(world);
      await makeVm(world, "vm-1", [
        { macAddress: macOf(1) },
        { macAddress: macOf(2), networkName: "net-49", ipAddress: "10.49.9.200" },
      ]);
      await untilAddresses(world, "vm-1", "192.168.48.82 -");
      await world.delete(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-1");
      await world.untilGone(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-1");
      await untilUsed(world, 0);
      await world.until(IPPOOLS, "ippool-2", {
        what: "a pool that nobody uses",
        holds: (pool) => ipv4Of(pool).used === 0,
      });
    },
  },
  {
    need: "nobody frees another's address",
    name: "frees nothing of another VM when one goes whose status names its address",
    run: claimAnothersAddress,
  },
  {
    need: "a VM of the same MAC after another",
    name: "gives a VM that is restored with its MAC the address again that it had",
    async run(world) {
      await world.start();
      await makePool(world);
      await makeVm(world, "vm-1", [{ macAddress: macOf(1), ipAddress: "192.168.48.85" }]);
      await untilAddresses(world, "vm-1", "192.168.48.85");
      await makeVm(world, "clone", [{ macAddress: macOf(1) }]);
      await untilCondition(world, "clone", "Allocated False DuplicateMAC");
      await world.delete(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-1");
      await untilAddresses(world, "clone", "192.168.48.85");
      await world.untilGone(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-1");
      await makeVm(world, "vm-1", [{ macAddress: macOf(1).replaceAll(":", "-") }]);
      await untilCondition(world, "vm-1", "Allocated False DuplicateMAC");
      assert.equal(
        addressesOf(await world.get(VIRTUAL_MACHINE_NETWORK_CONFIGS, "clone")),
        "192.168.48.85",
      );
    },
  },
  {
    need: "no series of what is gone",
    name: "drops the series of NICs and addresses that a VM has no more",
    async run(world) {
      const { registry } = await world.start();
      await makePool(world);
      await makeVm(world, "vm-1", [{ macAddress: macOf(1) }, { macAddress: macOf(2) }]);
      await untilAddresses(world, "vm-1", "192.168.48.82 192.168.48.83");
      await setNics(world, "vm-1", [{ macAddress: macOf(2), ipAddress: "192.168.48.88" }]);
      await untilAddresses(world, "vm-1", "192.168.48.88");
      const series = () =>
        [...registry.values.keys()].filter((key) =>
          key.startsWith("vmdhcpcontroller_vmnetcfg_status")
        );
      await waitUntil(() => series().length === 1 && series()[0]!.includes(".88") || undefined, {
        what: "one series",
        explain: () => series().join("\n"),
      });
    },
  },
  {
    need: "no endless retries",
    name: "writes nothing more about a VM without NICs",
    async run(world) {
      const { writes, registry } = await world.start();
      await makeReadyPool(world);
      await makeVm(world, "vm-1", []);
      await untilCondition(world, "vm-1", "Allocated False NoNetworkConfigs");
      const written = writes.length;
      await makeVm(world, "vm-2", [{ macAddress: macOf(2) }]);
      await untilCondition(world, "vm-2", "Allocated True");
      assert.equal(
        writes.slice(written).filter((write) => write.includes("virtualmachine")).length,
        2,
      );
      const labels = {
        name: "vm-dhcp-vmnetcfg-controller",
        controller: "vm-dhcp-vmnetcfg-controller",
      };
      assert.equal(registry.value("workqueue_retries_total", labels), 0);
    },
  },
];
