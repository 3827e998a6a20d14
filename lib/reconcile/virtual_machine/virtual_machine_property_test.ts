import assert from "node:assert/strict";
import { macOf } from "../../../tests/support/controller/controller_objects.ts";
import { VirtualMachineSituation } from "../../../tests/support/controller/virtual_machine_situation.ts";
import {
  virtualMachine,
  type VmInterface,
} from "../../../tests/support/controller/virtual_machines.ts";
import { mulberry32 } from "../../../tests/support/harness/seeded_random.ts";
import type { JsonObject } from "../../base/json.ts";
import { listedNicsOf } from "./listed_nics.ts";

Deno.test("planVirtualMachine() comes to rest whatever VM and object are, whatever stands in the list, and the order of interfaces is none of its business", () => {
  const random = mulberry32(7);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const macs = [...[1, 2, 3, 4].map(macOf), "52-54-00-00-00-05", "bogus", undefined, ""];
  const networks = ["net-48", "default/net-48", "other/net-48", "no network", undefined];
  const nic = (name: string): VmInterface => {
    const macAddress = pick(macs);
    return {
      name,
      networkName: pick(networks),
      ...(macAddress === undefined ? {} : { macAddress }),
    };
  };
  const texts = ["eth0", "eth1,eth9", "[", '{"eth0":"52:54:00:00:00:07"}', "192.168.48.85", ""];
  const keys = [
    ...["network.harvesterhci.io/managed-dhcp-skip-nics", "harvesterhci.io/mac-address"],
    ...["static-ip.harvesterhci.io/eth0", "static-ip.harvesterhci.io/eth9"],
  ];
  const world = new VirtualMachineSituation();
  for (let round = 0; round < 3000; round++) {
    const names = ["eth0", "eth1", "eth2", "eth3", "eth4", "eth5"].filter(() => random() < 0.5);
    const interfaces = names.map(nic);
    const annotations = Object.fromEntries(
      keys.filter(() => random() < 0.3).map((key) => [key, pick(texts)]),
    );
    const uid = pick(["vm", "vm", "vm", "next"]);
    const metadata = { name: "vm-1", namespace: "default", uid, annotations };
    world.vm = virtualMachine(metadata, interfaces);
    world.runningMacs = { eth1: macOf(8), eth2: pick(["bogus", macOf(9)]) };
    if (world.vmnetcfg !== undefined && random() < 0.2) {
      const { ownerReferences: _, ...orphan } = world.vmnetcfg.metadata;
      const bare = { ...world.vmnetcfg.metadata, labels: {} };
      world.vmnetcfg = { ...world.vmnetcfg, metadata: pick([orphan, bare]) };
    }
    world.settle();
    const items = world.vmnetcfg === undefined ? [] : listedNicsOf(world.vmnetcfg);
    assert.ok(items.length <= 4);
    if (world.vmnetcfg !== undefined) {
      const networkConfigs = items.map((item, i) => ({ ...item, hostname: `nic-${i}` }));
      const spec = { ...world.vmnetcfg.spec as JsonObject, networkConfigs };
      world.vmnetcfg = { ...world.vmnetcfg, spec };
    }
    world.vm = virtualMachine(metadata, interfaces.toReversed());
    assert.equal(world.plan().write, undefined, `round ${round}: ${JSON.stringify(world.vm)}`);
    if (world.plan().notes.some(({ reason }) => reason === "NetworkConfigNotOwned")) {
      world.vmnetcfg = undefined;
    }
  }
});
