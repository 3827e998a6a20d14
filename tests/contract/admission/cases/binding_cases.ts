/** IPPools and addresses in use. */

import type { KubeObject } from "../../../../lib/api/meta.ts";
import { ippoolSample, vmnetcfgSample } from "../../../support/apiserver/samples.ts";
import {
  type AdmissionCase,
  allocated,
  CONFIG,
  creation,
  deletion,
  MAC,
  OTHER_MAC,
  otherPool,
  update,
} from "./admission_case.ts";

function toldVm(state: string, allocatedIPAddress: string): KubeObject {
  const nic = { macAddress: MAC, networkName: "net-48", state, allocatedIPAddress };
  return vmnetcfgSample({ status: { networkConfigs: [nic] } });
}

export const BINDING_CASES: readonly AdmissionCase[] = [
  {
    check: "ippool-server-address",
    name: "a server at the address of a VM",
    request: update(
      { status: allocated({ "192.168.48.78": MAC }) },
      {
        ipv4Config: { serverIP: "192.168.48.78" },
        status: allocated({ "192.168.48.78": MAC }),
      },
    ),
    around: { vmnetcfgs: [vmnetcfgSample()] },
    says: [
      `${CONFIG}.serverIP: server ip 192.168.48.78 is already occupied by ${MAC} ` +
      "(VirtualMachineNetworkConfig default/test-vm): choose a free address",
    ],
  },
  {
    check: "ippool-server-address",
    name: "a server at an address that a pool which goes has handed out",
    request: creation(),
    around: {
      pools: [otherPool({
        metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" },
        status: allocated({ "192.168.48.77": OTHER_MAC }),
      })],
    },
    says: [
      `${CONFIG}.serverIP: server ip 192.168.48.77 is already occupied by ${OTHER_MAC}: choose a ` +
      "free address",
    ],
  },
  {
    check: "ippool-server-address",
    name: "a server at the address of a node",
    request: creation(),
    around: { nodes: { "node-1": "192.168.48.77" } },
    says: [
      `${CONFIG}.serverIP: server ip 192.168.48.77 is already occupied by node node-1: choose a ` +
      "free address",
    ],
  },
  {
    check: "ippool-server-address",
    name: "a server at an address that is reserved for it",
    request: update({}, {
      ipv4Config: { leaseTime: 60 },
      status: allocated({ "192.168.48.77": "RESERVED" }),
    }),
    around: { nodes: { "node-1": "192.168.48.78" } },
    says: [],
  },
  {
    check: "ippool-server-told",
    name: "a server at an address that a VM was told by a pool which is gone",
    request: creation(),
    around: { vmnetcfgs: [toldVm("Allocated", "192.168.48.77")] },
    says: [
      `${CONFIG}.serverIP: server ip 192.168.48.77 is already occupied by ` +
      "VirtualMachineNetworkConfig default/test-vm: choose a free address",
    ],
  },
  {
    check: "ippool-server-told",
    name: "addresses that VMs have beside the server, or had",
    request: creation(),
    around: {
      vmnetcfgs: [toldVm("Allocated", "192.168.48.85"), toldVm("Pending", "192.168.48.77")],
    },
    says: [],
  },
  {
    check: "ippool-addresses-in-use",
    name: "an exclusion and a router over addresses of VMs",
    request: update(
      { ipv4Config: { router: undefined } },
      {
        ipv4Config: { router: "192.168.48.86" },
        pool: { exclude: ["192.168.48.81", "192.168.48.85", "192.168.48.90"] },
        status: allocated({ "192.168.48.85": MAC, "192.168.48.86": OTHER_MAC }),
      },
    ),
    around: { vmnetcfgs: [vmnetcfgSample()] },
    says: [
      `${CONFIG}.router: router ip 192.168.48.86 is in use by ${OTHER_MAC}: take the address from ` +
      "it first",
      `${CONFIG}.pool.exclude: exclude ip 192.168.48.85 is in use by ${MAC} ` +
      "(VirtualMachineNetworkConfig default/test-vm): take the address from it first",
    ],
  },
  {
    check: "ippool-addresses-in-use",
    name: "an exclusion that stood over an address before",
    request: update(
      { status: allocated({ "192.168.48.81": MAC, "192.168.48.90": "EXCLUDED" }) },
      {
        pool: { exclude: ["192.168.48.81", "192.168.48.90", "192.168.48.83"] },
        status: allocated({ "192.168.48.81": MAC, "192.168.48.90": "EXCLUDED" }),
      },
    ),
    says: [],
  },
  {
    check: "ippool-in-use",
    name: "VMs by their specification and by their status",
    request: deletion(),
    around: {
      pools: [ippoolSample()],
      vmnetcfgs: [
        vmnetcfgSample({
          metadata: { name: "b" },
          spec: { networkConfigs: [] },
          status: {
            networkConfigs: [{ macAddress: MAC, networkName: "net-48" }],
          },
        }),
        vmnetcfgSample({ metadata: { name: "a" } }),
        vmnetcfgSample({
          metadata: { name: "c", namespace: "lab" },
          spec: {
            networkConfigs: [{ macAddress: MAC, networkName: "net-48" }],
          },
        }),
      ],
    },
    says: [
      "spec.networkName: it's still used by VirtualMachineNetworkConfig(s) default/a, default/b, " +
      "which must be removed at first",
    ],
  },
  {
    check: "ippool-in-use",
    name: "a pool that cannot be read and that VMs use",
    request: deletion({ ipv4Config: { cidr: "x" } }),
    around: { vmnetcfgs: [vmnetcfgSample()] },
    says: [
      "spec.networkName: it's still used by VirtualMachineNetworkConfig(s) default/test-vm, which " +
      "must be removed at first",
    ],
  },
  {
    check: "ippool-in-use",
    name: "one of two pools, for those whose addresses it has",
    request: deletion({ status: allocated({ "192.168.48.81": OTHER_MAC }) }),
    around: {
      pools: [ippoolSample(), otherPool()],
      vmnetcfgs: [
        vmnetcfgSample(),
        vmnetcfgSample({
          metadata: { name: "second" },
          spec: {
            networkConfigs: [{ macAddress: OTHER_MAC.toUpperCase(), networkName: "net-48" }],
          },
        }),
      ],
    },
    says: [
      "spec.networkName: it's still used by VirtualMachineNetworkConfig(s) default/second, which " +
      "must be removed at first",
    ],
  },
  {
    check: "ippool-in-use",
    name: "one of two pools that has no address of a VM",
    request: deletion(),
    around: { pools: [otherPool()], vmnetcfgs: [vmnetcfgSample()] },
    says: [],
  },
  {
    check: "ippool-in-use",
    name: "a pool that is named like a network in use, and serves another one",
    request: deletion({ metadata: { name: "net-48" }, spec: { networkName: "default/net-49" } }),
    around: { vmnetcfgs: [vmnetcfgSample()] },
    says: [],
  },
];
