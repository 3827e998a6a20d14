/** What an operator meets: a world, and the sentence that names what is wrong with it. */

import type { KubeObject } from "../../../lib/api/meta.ts";
import type { Subject, World } from "../../../lib/explain/contract.ts";
import { condition, strangerOf, vmnetcfgOf, worldOf } from "./worlds.ts";

/** The VM that all of them are about. */
export const TEST_VM: Subject = { kind: "vm", name: { namespace: "default", name: "test-vm" } };

/** A world in which one thing is wrong, or nothing. */
export interface Situation {
  readonly name: string;
  readonly world: World;
  /** Of the check that failed. */
  readonly code: string | undefined;
  /** The verdict. */
  readonly says: string;
}

function nicOf(macAddress: string): KubeObject {
  const networkConfigs = [{ networkName: "default/net-48", macAddress }];
  return vmnetcfgOf(`vm-${macAddress.slice(-2)}`, { networkConfigs });
}

const FULL = Object.fromEntries(
  Array.from({ length: 8 }, (_, i) => [`192.168.48.${81 + i}`, `02:00:00:00:00:0${i}`]),
);

const NEVER = { address: "192.168.48.82", lastAsked: null };

/** All situations; where there is no other word, explained for {@link TEST_VM}. */
export const SITUATIONS: readonly Situation[] = [
  {
    name: "all is well",
    world: worldOf(),
    code: undefined,
    says: "default/test-vm has 192.168.48.82, and last asked 12 s ago",
  },
  {
    name: "the object has the wrong MAC",
    world: worldOf({ lease: NEVER, unknown: [strangerOf("fa:cf:8e:50:82:ff")] }),
    code: "NIC_ASKED",
    says: "default/test-vm has 192.168.48.82, but nobody asks for it: fa:cf:8e:50:82:fc has not " +
      "asked on default/net-48 for 2 h, but fa:cf:8e:50:82:ff has asked there for 3 min, and " +
      "no object names it; is it this VM's?",
  },
  {
    name: "the VM does not ask",
    world: worldOf({ lease: NEVER }),
    code: "NIC_ASKED",
    says: "default/test-vm has 192.168.48.82, but nobody asks for it: fa:cf:8e:50:82:fc has not " +
      "asked on default/net-48 for 2 h",
  },
  {
    name: "the pool is full",
    world: worldOf({
      allocated: FULL,
      others: Object.values(FULL).map(nicOf),
    }),
    code: "NIC_POOL_NOT_FULL",
    says: "default/test-vm has no address: the pool default/ippool-1 is full (8 of 8 in use)",
  },
  {
    name: "there is no pool",
    world: worldOf({ withoutPool: true }),
    code: "NIC_HAS_POOL",
    says: "default/test-vm has no address: no pool serves default/net-48",
  },
  {
    name: "another VM has the MAC",
    world: worldOf({
      allocated: {},
      others: [{
        ...vmnetcfgOf("older"),
        metadata: {
          namespace: "default",
          name: "older",
          creationTimestamp: "2025-01-01T00:00:00Z",
        },
      }],
    }),
    code: "NIC_MAC_UNIQUE",
    says: "default/test-vm has no address: fa:cf:8e:50:82:fc on default/net-48 belongs to " +
      "VirtualMachineNetworkConfig default/older",
  },
  {
    name: "the pool is paused",
    world: worldOf({
      poolSpec: { paused: true },
      poolConditions: [condition("AgentReady", "False", "Paused", "paused")],
    }),
    code: "NIC_POOL_NOT_PAUSED",
    says: "default/test-vm has 192.168.48.82, but gets no answer: the pool default/ippool-1 is " +
      "paused",
  },
  {
    name: "the VM's object is paused",
    world: worldOf({ vmSpec: { paused: true }, allocated: {} }),
    code: "VM_CONFIG_NOT_PAUSED",
    says: "default/test-vm has no address: default/test-vm is paused, and its addresses are " +
      "released",
  },
  {
    name: "the interface of the agent is down",
    world: worldOf({
      poolConditions: [
        condition("AgentReady", "False", "InterfaceDown", "interface br0 is down; set it up"),
      ],
    }),
    code: "NIC_AGENT_READY",
    says: "default/test-vm has 192.168.48.82, but gets no answer: interface br0 is down",
  },
  {
    name: "a second DHCP server answers",
    world: worldOf({
      poolConditions: [
        condition("AgentReady", "True", "Serving", ""),
        condition(
          "NetworkClear",
          "False",
          "OtherServer",
          "another DHCP server, 192.168.48.1 (02:00:00:00:00:99), is on VM network default/net-48 " +
            "(seen at least 5 times); stop it there, or pause ippool default/ippool-1",
        ),
      ],
    }),
    code: "NIC_WAY_CLEAR",
    says: "default/test-vm has 192.168.48.82, but may not use it: another DHCP server, " +
      "192.168.48.1 (02:00:00:00:00:99), is on VM network default/net-48 (seen at least 5 times)",
  },
  {
    name: "a second DHCP server answers, and other VMs have troubles of their own",
    world: worldOf({
      poolConditions: [
        condition("AgentReady", "True", "Serving", ""),
        condition(
          "NetworkClear",
          "False",
          "OtherServer",
          [
            "another DHCP server, 192.168.48.1, is on VM network default/net-48 (seen once); stop " +
            "it there, or pause ippool default/ippool-1",
            "192.168.48.84, bound to fa:cf:8e:50:82:fe, is used by host 02:00:00:00:00:98 as well " +
            "(seen once); give that host another address",
            "192.168.48.82, bound to fa:cf:8e:50:82:fc, is used by host 02:00:00:00:00:99 as well " +
            "(seen once); give that host another address",
            "and 3 more",
          ].join("; "),
        ),
      ],
    }),
    code: "NIC_WAY_CLEAR",
    says: "default/test-vm has 192.168.48.82, but may not use it: another DHCP server, " +
      "192.168.48.1, is on VM network default/net-48 (seen once); 192.168.48.82, bound to " +
      "fa:cf:8e:50:82:fc, is used by host 02:00:00:00:00:99 as well (seen once)",
  },
  {
    name: "a second DHCP server has won its client",
    world: worldOf({
      lease: {
        address: "192.168.48.82",
        lastAsked: {
          time: "2026-01-31T11:59:48Z",
          type: "REQUEST",
          outcome: "otherServer",
          count: 1,
        },
      },
    }),
    code: "NIC_ANSWERED",
    says:
      "default/test-vm has 192.168.48.82, but may not use it: 12 s ago, it chose the offer of " +
      "another DHCP server",
  },
  {
    name: "the specification of the pool is bad",
    world: worldOf({
      allocated: {},
      poolSpec: {
        ipv4Config: {
          serverIP: "192.168.48.77",
          cidr: "192.168.48.0/24",
          pool: { start: "192.168.48.90", end: "192.168.48.81" },
        },
      },
    }),
    code: "NIC_POOL_VALID",
    says: "default/test-vm has no address: the specification of the pool default/ippool-1 cannot " +
      "be used: spec.ipv4Config.pool.start start ip 192.168.48.90 is after end ip 192.168.48.81",
  },
  {
    name: "another host has the serverIP",
    world: worldOf({
      poolConditions: [
        condition("AgentReady", "True", "ServerAddressClaimed", ""),
        condition(
          "NetworkClear",
          "False",
          "ServerAddressInUse",
          "192.168.48.77, the serverIP of ippool default/ippool-1, is used by host " +
            "02:00:00:00:00:99 as well (seen once); give that host another address",
        ),
      ],
    }),
    code: "NIC_WAY_CLEAR",
    says: "default/test-vm has 192.168.48.82, but may not use it: 192.168.48.77, the serverIP of " +
      "ippool default/ippool-1, is used by host 02:00:00:00:00:99 as well (seen once)",
  },
];
