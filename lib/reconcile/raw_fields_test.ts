import assert from "node:assert/strict";
import fc from "fast-check";
import type { KubeObject } from "../api/meta.ts";
import { formatIpv4Address, type Ipv4Address } from "../net/ipv4_address.ts";
import { formatMacAddress, type MacAddress } from "../net/mac_address.ts";
import { specNicsOf, statusNicsOf, toldNicsOf, usedNicsOf } from "./raw_fields.ts";

const MACS = [0xfacf8e5082fc, 0xfacf8e5082fd] as MacAddress[];
const ADDRESSES = [0xc0a83054, 0xc0a83055] as Ipv4Address[];

/** A list, or something else in its place. */
function some<T>(item: fc.Arbitrary<T>): fc.Arbitrary<unknown> {
  return fc.oneof(fc.array(item, { maxLength: 4 }), fc.jsonValue());
}

/** NICs that say the same in other words, and some that cannot be read. */
const nic = fc.record({
  networkName: fc.constantFrom("net-48", "default/net-48", "default/net-49", 48),
  macAddress: fc.constantFrom(
    ...MACS.map(formatMacAddress),
    formatMacAddress(MACS[0]!).toUpperCase(),
    "fa:cf",
    null,
  ),
});
const toldNic = fc.tuple(
  nic,
  fc.record({
    state: fc.constantFrom("Allocated", "Pending", "Stale", 1),
    allocatedIPAddress: fc.constantFrom(...ADDRESSES.map(formatIpv4Address), "", "192.168", null),
  }, { requiredKeys: [] }),
).map(([named, told]) => ({ ...named, ...told }));
const vmnetcfg: fc.Arbitrary<KubeObject> = fc.record({
  spec: fc.record({ networkConfig: some(nic), networkConfigs: some(nic) }, { requiredKeys: [] }),
  status: fc.record({ networkConfigs: some(toldNic) }, { requiredKeys: [] }),
}, { requiredKeys: [] }).map((parts) => ({
  apiVersion: "network.harvesterhci.io/v1alpha1",
  kind: "VirtualMachineNetworkConfig",
  metadata: { name: "test-vm", namespace: "default" },
  ...parts,
}));

Deno.test("usedNicsOf() says of an object what its names and what it was told say", () => {
  const textOf = (nic: object) => JSON.stringify(nic, ["network", "mac", "told"]);
  fc.assert(
    fc.property(vmnetcfg, (object) => {
      const used = usedNicsOf({ object });
      const nameOf = ({ network, mac }: { network: string; mac: number }) =>
        textOf({ network, mac });
      assert.deepEqual(
        new Set(used.map(nameOf)),
        new Set([...specNicsOf({ object }), ...statusNicsOf({ object })].map(nameOf)),
      );
      assert.deepEqual(
        used.filter(({ told }) => told !== undefined).map(textOf),
        toldNicsOf({ object }).map(textOf),
      );
    }),
    { numRuns: 2000 },
  );
});

Deno.test("usedNicsOf() does not repeat a NIC of the status for the specification", () => {
  const [network, mac, told] = ["default/net-48", MACS[0]!, ADDRESSES[0]!];
  const named = { networkName: "net-48", macAddress: formatMacAddress(mac).toUpperCase() };
  const other = { networkName: "net-49", macAddress: formatMacAddress(MACS[1]!) };
  const allocatedIPAddress = formatIpv4Address(told);
  const object = {
    apiVersion: "network.harvesterhci.io/v1alpha1",
    kind: "VirtualMachineNetworkConfig",
    metadata: { name: "test-vm", namespace: "default" },
    spec: { vmName: "test-vm", networkConfigs: [named, other] },
    status: {
      networkConfigs: [{
        networkName: network,
        macAddress: formatMacAddress(mac),
        state: "Allocated",
        allocatedIPAddress,
      }],
    },
  };
  assert.deepEqual(usedNicsOf({ object }), [
    { network, mac, told },
    { network: "default/net-49", mac: MACS[1], told: undefined },
  ]);
});
