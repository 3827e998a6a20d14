import { deepEqual } from "node:assert/strict";
import { ippoolSample, vmnetcfgSample } from "../../tests/support/apiserver/samples.ts";
import type { KubeObject } from "../api/meta.ts";
import { unservedNicsOf } from "./foreseen.ts";

function vm(name: string, ...networkConfigs: readonly object[]): KubeObject {
  const nics = networkConfigs.map((nic) => ({ networkName: "default/net-48", ...nic }));
  return vmnetcfgSample({ metadata: { name }, spec: { vmName: name, networkConfigs: nics } });
}

function mac(number: number): string {
  return `52:54:00:00:00:${number.toString(16).padStart(2, "0")}`;
}

const cases: readonly {
  readonly name: string;
  readonly objects: readonly KubeObject[];
  readonly want: readonly (readonly [owner: string, nicIndex: number, message: string])[];
}[] = [
  {
    name: "nothing of VMs that get addresses",
    objects: [
      ippoolSample(),
      vm("a", { macAddress: mac(1) }),
      vm("b", { macAddress: mac(2), ipAddress: "192.168.48.85" }),
    ],
    want: [],
  },
  {
    name: "whose MAC another VM has, however it is written and wherever its file comes",
    objects: [
      vm("b", { macAddress: mac(171) }),
      vm("a", { macAddress: mac(171).toUpperCase() }),
      ippoolSample(),
    ],
    want: [[
      "default/b",
      0,
      "52:54:00:00:00:ab on default/net-48 belongs to VirtualMachineNetworkConfig default/a; " +
      "give one of the two another MAC address",
    ]],
  },
  {
    name: "what VMs of a paused pool lack once it goes on",
    objects: [
      ippoolSample({ spec: { paused: true } }),
      vm("a", { macAddress: mac(1) }),
      vm("b", { macAddress: mac(1) }),
    ],
    want: [[
      "default/b",
      0,
      "52:54:00:00:00:01 on default/net-48 belongs to VirtualMachineNetworkConfig default/a; " +
      "give one of the two another MAC address",
    ]],
  },
  {
    name: "nothing of one MAC on two networks",
    objects: [
      ippoolSample(),
      ippoolSample({
        metadata: { name: "other" },
        spec: { networkName: "default/net-49" },
        ipv4Config: {
          serverIP: "192.168.49.77",
          cidr: "192.168.49.0/24",
          pool: { start: "192.168.49.81", end: "192.168.49.90" },
          router: "192.168.49.1",
        },
      }),
      vm("a", { macAddress: mac(1) }),
      vm("b", { macAddress: mac(1), networkName: "default/net-49" }),
    ],
    want: [],
  },
  {
    name: "one of two VMs that request the same address",
    objects: [
      ippoolSample(),
      vm("a", { macAddress: mac(1), ipAddress: "192.168.48.85" }),
      vm("b", { macAddress: mac(2), ipAddress: "192.168.48.85" }),
    ],
    want: [[
      "default/b",
      0,
      "192.168.48.85 for 52:54:00:00:00:02 is held by 52:54:00:00:00:01 " +
      "(VirtualMachineNetworkConfig default/a) in ippool default/ippool-1; request another " +
      "address, or none (ipAddress)",
    ]],
  },
  {
    name: "the VM that a full pool leaves out",
    objects: [
      ippoolSample({ ipv4Config: { pool: { start: "192.168.48.81", end: "192.168.48.82" } } }),
      ...[3, 2, 1].map((number) => vm(`vm-${number}`, { macAddress: mac(number) })),
    ],
    want: [[
      "default/vm-3",
      0,
      "52:54:00:00:00:03 waits: all addresses are in use in ippool default/ippool-1 " +
      "(192.168.48.81 to 192.168.48.82); delete VMs, or let the range grow (spec.ipv4Config.pool)",
    ]],
  },
];

for (const { name, objects, want } of cases) {
  Deno.test(`unservedNicsOf() tells ${name}`, () => {
    const found = unservedNicsOf(objects)
      .map(({ owner, nicIndex, message }) => [owner, nicIndex, message]);
    deepEqual(found, want);
  });
}
