import assert from "node:assert/strict";
import type { JsonObject } from "../../base/json.ts";
import type { KubeObject } from "../../api/meta.ts";
import { VirtualMachineSituation } from "../../../tests/support/controller/virtual_machine_situation.ts";
import {
  virtualMachine,
  type VmInterface,
} from "../../../tests/support/controller/virtual_machines.ts";

const MACS = ["52:54:00:00:00:00", "52:54:00:00:00:01", "52:54:00:00:00:02"] as const;
const ETH0: VmInterface = { name: "eth0", macAddress: MACS[0] };
const ETH1: VmInterface = { name: "eth1", macAddress: MACS[1] };
const SKIP = "network.harvesterhci.io/managed-dhcp-skip-nics";
const MAC = "harvesterhci.io/mac-address";
const STATIC = "static-ip.harvesterhci.io/";

/** What an object lists, such as `default/net-48 52:54:00:00:00:00 192.168.48.85`. */
function listOf(object: KubeObject | undefined): readonly string[] {
  const { networkConfigs = [] } = (object?.spec ?? {}) as { networkConfigs?: JsonObject[] };
  return networkConfigs.map(({ networkName, macAddress, ipAddress }) =>
    [networkName, macAddress, ipAddress].filter((field) => field !== undefined).join(" ")
  );
}

function n48(number: number, more = ""): string {
  return `default/net-48 ${MACS[number]}${more}`;
}

/** A VM alone, and what becomes of it. */
const CASES: readonly {
  readonly name: string;
  readonly interfaces?: readonly VmInterface[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly running?: Readonly<Record<string, string>>;
  readonly list: readonly string[];
  readonly told?: RegExp;
}[] = [
  {
    name: "interfaces in the order of their names",
    interfaces: [ETH1, ETH0],
    list: [n48(0), n48(1)],
  },
  {
    name: "an interface on the network of pods",
    interfaces: [ETH0, { name: "default", networkName: undefined }],
    list: [n48(0)],
  },
  {
    name: "a network with a namespace",
    interfaces: [{ ...ETH0, networkName: "other/net-48" }],
    list: [`other/net-48 ${MACS[0]}`],
  },
  {
    name: "a MAC address in another spelling",
    interfaces: [{ name: "eth0", macAddress: "52-54-00-00-00-00" }],
    list: ["default/net-48 52-54-00-00-00-00"],
  },
  {
    name: "MAC addresses in the annotation, and one that the VM has itself",
    interfaces: [ETH0, { name: "eth1" }, { name: "eth2", macAddress: "" }],
    annotations: { [MAC]: `{"eth0":"${MACS[2]}","eth1":"${MACS[1]}","eth2":""}` },
    running: { eth1: MACS[0], eth2: MACS[2] },
    list: [n48(0), n48(1), n48(2)],
  },
  {
    name: "an annotation that is no JSON",
    annotations: { [MAC]: "eth1=1" },
    list: [n48(0)],
    told:
      /^InvalidMACAddress annotation harvesterhci.io\/mac-address is "eth1=1"; it must be a JSON/,
  },
  {
    name: "an annotation that is a list",
    annotations: { [MAC]: "[]" },
    list: [n48(0)],
    told: /^InvalidMACAddress .* is "\[\]"; it must be/,
  },
  {
    name: "MAC addresses in the annotation that are no texts, beside one that is",
    interfaces: [{ name: "eth0" }, ETH1],
    annotations: { [MAC]: `{"eth0":"${MACS[0]}","eth1":5,"eth2":null,"eth3":""}` },
    list: [n48(0), n48(1)],
    told: /^InvalidMACAddress .*"eth1\\":5.*; it must be a JSON object of MAC addresses/,
  },
  {
    name: "an interface without a MAC address",
    interfaces: [ETH0, { name: "eth1" }],
    list: [n48(0)],
    told: /^NoMACAddress network interface eth1 gets no address before its MAC address is known/,
  },
  {
    name: "a MAC address that is none, and one of a group",
    interfaces: [ETH0, { name: "eth1", macAddress: "no" }, {
      name: "eth2",
      macAddress: "01:00:5e:00:00:01",
    }],
    list: [n48(0)],
    told: /eth1 is "no"; it must be a MAC address.*\n.*eth2 is "01:.* is the address of a group/,
  },
  {
    name: "a network whose name is none, or too long",
    interfaces: [ETH0, { ...ETH1, networkName: "a/b/c" }, {
      name: "eth2",
      macAddress: MACS[2],
      networkName: `default/${"n".repeat(57)}`,
    }],
    list: [n48(0)],
    told: /^InvalidNetworkName .* eth1 .*"a\/b\/c".*\nInvalidNetworkName .* eth2 .* 64 characters$/,
  },
  {
    name: "an address that it asks for",
    annotations: { [`${STATIC}eth0`]: "192.168.48.85" },
    list: [n48(0, " 192.168.48.85")],
  },
  {
    name: "addresses that are none",
    interfaces: [ETH0, ETH1],
    annotations: { [`${STATIC}eth0`]: "192.168.048.85", [`${STATIC}eth1`]: "224.0.0.5" },
    list: [n48(0), n48(1)],
    told:
      /^InvalidStaticIP .*eth0 is "192.168.048.85"; it must.*\n.*eth1 is "224.0.0.5"; no VM can have/,
  },
  {
    name: "addresses for interfaces that get none",
    interfaces: [ETH0, ETH1, { name: "default", networkName: undefined }],
    annotations: {
      [SKIP]: "eth1",
      ...Object.fromEntries(["eth1", "eth7", "default"].map((nic) => [STATIC + nic, "10.0.0.1"])),
    },
    list: [n48(0)],
    told:
      /default.*multus.*\n.*eth1.* gets no address\n.*interface "eth7"; it has default, eth0, eth1$/,
  },
  {
    name: "interfaces that it takes out",
    interfaces: [ETH0, ETH1],
    annotations: { [SKIP]: " eth0 ," },
    list: [n48(1)],
  },
  {
    name: "interfaces that it takes out by a JSON list",
    interfaces: [ETH0, ETH1],
    annotations: { [SKIP]: '["eth1"]' },
    list: [n48(0)],
  },
  {
    name: "an interface to take out that is not there",
    annotations: { [SKIP]: "eth5" },
    list: [n48(0)],
    told: /^InvalidSkipNICs .* is "eth5"; the VM has no network interface "eth5"; it has eth0$/,
  },
  {
    name: "a list of interfaces to take out that is none",
    annotations: { [SKIP]: "[eth0" },
    list: [n48(0)],
    told: /^InvalidSkipNICs .*it must be names of network interfaces/,
  },
  {
    name: "interfaces with the names of JavaScript's own fields",
    interfaces: ["constructor", "__proto__"].map((name, i) => ({ name, macAddress: MACS[i]! })),
    list: [n48(1), n48(0)],
  },
];

for (const { name, interfaces = [ETH0], annotations = {}, running = {}, list, told } of CASES) {
  Deno.test(`planVirtualMachine() of ${name}`, () => {
    const world = new VirtualMachineSituation(running);
    world.vm = virtualMachine(
      { name: "vm-1", namespace: "default", uid: "1", annotations },
      interfaces,
    );
    const notes = world.settle().map(({ reason, note }) => `${reason} ${note}`).join("\n");
    assert.deepEqual(listOf(world.vmnetcfg), list);
    assert.match(notes, told ?? /^$/s);
    const problems = world.vmnetcfg?.metadata.annotations?.["network.harvesterhci.io/vm-problems"];
    assert.equal(
      problems,
      notes === "" ? undefined : notes.replaceAll(/^(\w+) /gm, "$1: ").replaceAll("\n", "; "),
    );
  });
}
