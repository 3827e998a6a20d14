/** What a controller does for its users: cases that run against any API server. */

import assert from "node:assert/strict";
import {
  IPPOOLS,
  NETWORK_ATTACHMENT_DEFINITIONS,
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
} from "../../../lib/api/resources.ts";
import {
  addressesOf,
  conditionOf,
  ipv4Of,
  macOf,
  makeNetwork,
  makePool,
  makeVm,
  untilAddresses,
  untilCondition,
  untilUsed,
} from "../../support/controller/controller_objects.ts";
import { type ControllerWorld, untilEvent } from "../../support/controller/controller_world.ts";
import { ippoolSample } from "../../support/apiserver/samples.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";

/** What users need of a controller; each is the need of at least one case. */
export const NEEDS = [
  "MACs as they are written",
  "MACs that two VMs exchange",
  "NICs that change",
  "VMs without a template",
  "a VM of the same MAC after another",
  "address kept when a VM is made again",
  "addresses that nothing takes away",
  "bad annotations",
  "bad entries of a record",
  "clones of VMs",
  "deletions while it is down",
  "edits of others kept",
  "edits that would take a binding away",
  "every order of deletions",
  "exhaustion is told and ends by itself",
  "few writes",
  "freed addresses are reused last",
  "labels of networks",
  "large ranges",
  "long names",
  "more NICs than an object lists",
  "names of the VM's own that others use",
  "networks that go",
  "networks without a namespace",
  "networks without a pool",
  "no endless retries",
  "no leak when one NIC fails",
  "no series of what is gone",
  "no writes without a change",
  "nobody frees another's address",
  "one pool for each network",
  "pauses without noise",
  "pools and names of networks",
  "pools made along with networks",
  "pools that come after their VMs",
  "static address per NIC",
  "the MAC of what runs",
  "the same after a restart",
] as const;

export type Need = typeof NEEDS[number];

/** One behaviour of a controller. */
export interface ControllerCase {
  /** What users need it for. */
  readonly need?: Need;
  /** Completes "the controller …". */
  readonly name: string;
  run(world: ControllerWorld): Promise<void>;
}

/** A pool with a single address. */
const ONE_ADDRESS = { pool: { start: "192.168.48.81", end: "192.168.48.82", exclude: undefined } };
const ONE_ADDRESS_LEFT = { ...ONE_ADDRESS, ipv4Config: { router: "192.168.48.81" } };

export const ADDRESS_CASES: readonly ControllerCase[] = [
  {
    need: "pools and names of networks",
    name: "gives the VM of the examples the first address and shows it everywhere",
    async run(world) {
      const controller = await world.start();
      await makePool(world);
      await makeVm(world, "vm-1", [{ macAddress: macOf(1) }]);
      const vm = await untilAddresses(world, "vm-1", "192.168.48.82");
      assert.equal(conditionOf(vm, "Allocated"), "True");
      assert.equal(conditionOf(vm, "Disabled"), "False NotPaused");
      assert.equal(conditionOf(vm, "InSynced"), "True");
      const pool = await untilUsed(world, 1);
      assert.equal(ipv4Of(pool).available, 7);
      assert.deepEqual(ipv4Of(pool).allocated, {
        "192.168.48.81": "EXCLUDED",
        "192.168.48.82": macOf(1),
        "192.168.48.90": "EXCLUDED",
      });
      await world.until(IPPOOLS, "ippool-1", {
        what: "the pool to be registered, ready and served",
        holds: (pool) =>
          ["Registered", "CacheReady", "AgentReady"].every((type) =>
            conditionOf(pool, type) === "True"
          ),
      });
      await world.until(NETWORK_ATTACHMENT_DEFINITIONS, "net-48", {
        what: "the network to be labelled",
        holds: ({ metadata }) =>
          metadata.labels?.["network.harvesterhci.io/ippool-name"] === "ippool-1",
      });
      const network = `${world.namespace}/net-48`;
      const labels = {
        ippool: "ippool-1",
        network,
        pool: `${world.namespace}/ippool-1`,
        subnet: "192.168.48.0/24",
      };
      const { registry } = controller;
      await waitUntil(() =>
        registry.value("vmdhcpcontroller_ippool_used", labels) === 1 &&
          registry.value("vmdhcpcontroller_ippool_available", labels) === 7 || undefined, {
        what: "the pool's series",
      });
      await waitUntil(() =>
        registry.value("vmdhcpcontroller_vmnetcfg_status", {
            vm: `${world.namespace}/vm-1`,
            network,
            mac: macOf(1),
            ip: "192.168.48.82",
            status: "Allocated",
          }) === 1 || undefined, { what: "the VM's series" });
      await untilEvent(controller, "IPAllocated");
    },
  },
  {
    need: "pools that come after their VMs",
    name: "serves a VM that existed before its pool",
    async run(world) {
      await world.start();
      await makeNetwork(world);
      await makeVm(world, "vm-1", [{ macAddress: macOf(1) }]);
      await untilCondition(world, "vm-1", "Allocated False NoIPPool");
      await world.create(IPPOOLS, ippoolSample({ spec: { networkName: "net-48" } }));
      await untilAddresses(world, "vm-1", "192.168.48.82");
      await untilCondition(world, "vm-1", "Allocated True");
    },
  },
  {
    need: "exhaustion is told and ends by itself",
    name: "gives a freed address to the waiting VM at once",
    async run(world) {
      const controller = await world.start();
      await makePool(world, ONE_ADDRESS_LEFT);
      await makeVm(world, "vm-1", [{ macAddress: macOf(1) }]);
      await untilAddresses(world, "vm-1", "192.168.48.82");
      await makeVm(world, "vm-2", [{ macAddress: macOf(2) }]);
      await untilCondition(world, "vm-2", "Allocated False PoolExhausted");
      await untilEvent(controller, "PoolExhausted");
      await world.delete(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-1");
      await untilAddresses(world, "vm-2", "192.168.48.82");
      await world.untilGone(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-1");
    },
  },
  {
    need: "networks without a pool",
    name: "serves each NIC independently, except one on a network without a pool",
    async run(world) {
      await world.start();
      await makePool(world);
      await makeVm(world, "vm-1", [
        { macAddress: macOf(1), networkName: "unmanaged" },
        { macAddress: macOf(2) },
        { macAddress: macOf(3), ipAddress: "192.168.48.77" },
        { macAddress: macOf(4), ipAddress: "192.168.48.89" },
      ]);
      const vm = await untilAddresses(world, "vm-1", "- 192.168.48.82 - 192.168.48.89");
      assert.equal(conditionOf(vm, "Allocated"), "False AddressReserved");
    },
  },
  {
    need: "clones of VMs",
    name: "leaves a MAC to its first owner, and to the second after the first is deleted",
    async run(world) {
      const controller = await world.start();
      await makePool(world);
      await makeVm(world, "vm-1", [{ macAddress: macOf(1) }]);
      await untilAddresses(world, "vm-1", "192.168.48.82");
      await makeVm(world, "vm-2", [{ macAddress: macOf(1).toUpperCase() }]);
      await untilCondition(world, "vm-2", "Allocated False DuplicateMAC");
      await untilEvent(controller, "DuplicateMAC", "vm-1");
      await world.delete(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-1");
      await untilAddresses(world, "vm-2", "192.168.48.82");
      assert.equal(ipv4Of(await world.get(IPPOOLS, "ippool-1")).used, 1);
    },
  },
  {
    need: "static address per NIC",
    name: "swaps the addresses of two VMs that ask for each other's",
    async run(world) {
      await world.start();
      await makePool(world);
      await makeVm(world, "vm-1", [{ macAddress: macOf(1), ipAddress: "192.168.48.84" }]);
      await makeVm(world, "vm-2", [{ macAddress: macOf(2), ipAddress: "192.168.48.85" }]);
      await untilAddresses(world, "vm-1", "192.168.48.84");
      await untilAddresses(world, "vm-2", "192.168.48.85");
      for (const [name, mac, ipAddress] of [["vm-1", 1, "85"], ["vm-2", 2, "84"]] as const) {
        const nic = {
          macAddress: macOf(mac),
          networkName: "net-48",
          ipAddress: `192.168.48.${ipAddress}`,
        };
        const patch = { spec: { networkConfigs: [nic] } };
        await world.patch(VIRTUAL_MACHINE_NETWORK_CONFIGS, name, patch);
      }
      await untilAddresses(world, "vm-1", "192.168.48.85");
      await untilAddresses(world, "vm-2", "192.168.48.84");
      await untilCondition(world, "vm-2", "Allocated True");
    },
  },
  {
    need: "NICs that change",
    name: "frees the address of a NIC that is gone and keeps the others",
    async run(world) {
      await world.start();
      await makePool(world);
      await makeVm(world, "vm-1", [{ macAddress: macOf(1) }, { macAddress: macOf(2) }]);
      await untilAddresses(world, "vm-1", "192.168.48.82 192.168.48.83");
      await world.patch(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-1", {
        spec: { networkConfigs: [{ macAddress: macOf(2), networkName: "net-48" }] },
      });
      const pool = await untilUsed(world, 1);
      assert.equal(ipv4Of(pool).allocated?.["192.168.48.83"], macOf(2));
      await untilAddresses(world, "vm-1", "192.168.48.83");
      await world.patch(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-1", { spec: { networkConfigs: [] } });
      await untilUsed(world, 0);
      const vm = await untilCondition(world, "vm-1", "Allocated False NoNetworkConfigs");
      assert.equal(addressesOf(vm), "");
    },
  },
];
