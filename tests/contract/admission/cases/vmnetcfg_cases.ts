/** VirtualMachineNetworkConfigs. */

import { VIRTUAL_MACHINE_NETWORK_CONFIGS } from "../../../../lib/api/resources.ts";
import type { JsonObject } from "../../../../lib/base/json.ts";
import { type Surroundings } from "../../../support/apiserver/admission_worlds.ts";
import { ippoolSample, vmnetcfgSample } from "../../../support/apiserver/samples.ts";
import {
  type AdmissionCase,
  allocated,
  MAC,
  NET_48,
  NET_49,
  nics,
  OTHER_MAC,
  request,
} from "./admission_case.ts";

const SERVED: Surroundings = { networks: [NET_48], pools: [ippoolSample()] };

function held(records: JsonObject): Surroundings {
  return { ...SERVED, pools: [ippoolSample({ status: allocated(records) })] };
}

export const VMNETCFG_CASES: readonly AdmissionCase[] = [
  {
    check: "vmnetcfg-immutable",
    name: "another VM",
    request: request(VIRTUAL_MACHINE_NETWORK_CONFIGS, "UPDATE", {
      oldObject: vmnetcfgSample(),
      object: vmnetcfgSample({ spec: { vmName: "other" } }),
    }),
    says: [
      "spec.vmName: VMName is immutable; for another VM, create a VirtualMachineNetworkConfig of its own",
    ],
  },
  {
    check: "vmnetcfg-immutable",
    name: "a pause",
    request: request(VIRTUAL_MACHINE_NETWORK_CONFIGS, "UPDATE", {
      oldObject: vmnetcfgSample(),
      object: vmnetcfgSample({ spec: { paused: true } }),
    }),
    says: [],
  },
  {
    check: "vmnetcfg-fields",
    name: "a MAC that is none",
    request: nics({ macAddress: "x" }),
    says: [
      "spec.networkConfigs[0].macAddress: must be a MAC address such as fa:cf:8e:50:82:fc, " +
      'not "x"',
    ],
  },
  { check: "vmnetcfg-fields", name: "one MAC twice", request: nics({}, {}), says: [] },
  {
    check: "vmnetcfg-possible-values",
    name: "an address that no host has",
    request: nics({}, { ipAddress: "127.0.0.1" }),
    says: [
      "spec.networkConfigs[1].ipAddress: 127.0.0.1 is of 127.0.0.0/8, which stays within a host",
    ],
  },
  {
    check: "vmnetcfg-possible-values",
    name: "an address of a host",
    request: nics({ ipAddress: "192.168.48.85" }),
    says: [],
  },
  {
    check: "vmnetcfg-network-exists",
    name: "a network that is missing",
    request: nics({}, { networkName: "net-50" }),
    around: SERVED,
    says: [
      "spec.networkConfigs[1].networkName: network default/net-50 not found: create it, or correct " +
      "the name",
    ],
  },
  {
    check: "vmnetcfg-network-exists",
    name: "networks that cannot be read",
    request: nics({}),
    says: [],
  },
  {
    check: "vmnetcfg-pool-exists",
    name: "a network without a pool",
    request: nics({}, { networkName: "default/net-49" }),
    around: { ...SERVED, networks: [NET_48, NET_49] },
    says: [
      "spec.networkConfigs[1].networkName: network.harvesterhci.io/ippool-namespace label not " +
      "found: no IPPool serves network default/net-49, and the NIC gets no address before one does",
    ],
  },
  { check: "vmnetcfg-pool-exists", name: "a pool", request: nics({}), around: SERVED, says: [] },
  {
    check: "vmnetcfg-static-address",
    name: "addresses that the pool does not hand out",
    request: nics(
      { ipAddress: "192.168.49.91" },
      { ipAddress: "192.168.48.90" },
      { ipAddress: "192.168.48.85" },
      { ipAddress: "192.168.48.255" },
    ),
    around: {
      ...SERVED,
      pools: [ippoolSample({
        ipv4Config: { serverIP: "192.168.48.85" },
        pool: { exclude: ["192.168.48.90"] },
      })],
    },
    says: [
      "spec.networkConfigs[0].ipAddress: ip 192.168.49.91 is not within subnet 192.168.48.0/24 of " +
      "IPPool default/ippool-1: the NIC gets no address before another one is asked for",
      "spec.networkConfigs[1].ipAddress: ip 192.168.48.90 is excluded in IPPool default/ippool-1: " +
      "the NIC gets no address before another one is asked for",
      "spec.networkConfigs[2].ipAddress: ip 192.168.48.85 is reserved in IPPool default/ippool-1, " +
      "for its server, its router or its subnet: the NIC gets no address before another one is " +
      "asked for",
      "spec.networkConfigs[3].ipAddress: ip 192.168.48.255 is reserved in IPPool default/ippool-1, " +
      "for its server, its router or its subnet: the NIC gets no address before another one is " +
      "asked for",
    ],
  },
  {
    check: "vmnetcfg-static-address",
    name: "addresses of the subnet beside the range",
    request: nics({ ipAddress: "192.168.48.91" }, { ipAddress: "192.168.48.3" }),
    around: SERVED,
    says: [],
  },
  {
    check: "vmnetcfg-static-address",
    name: "an address that another NIC holds",
    request: nics({ ipAddress: "192.168.48.85" }),
    around: held({ "192.168.48.85": OTHER_MAC }),
    says: [
      "spec.networkConfigs[0].ipAddress: ip 192.168.48.85 is held by another network interface in " +
      "IPPool default/ippool-1: the NIC gets it when it is free",
    ],
  },
  {
    check: "vmnetcfg-static-address",
    name: "an address that the NIC has, and one that a mark has left",
    request: nics({ ipAddress: "192.168.48.85" }, { ipAddress: "192.168.48.86" }),
    around: held({ "192.168.48.85": MAC.toUpperCase(), "192.168.48.86": "RESERVED" }),
    says: [],
  },
  {
    check: "vmnetcfg-node-address",
    name: "the address of a node",
    request: nics({ ipAddress: "192.168.48.85" }),
    around: { ...SERVED, nodes: { "node-1": "192.168.48.85" } },
    says: [
      "spec.networkConfigs[0].ipAddress: ip 192.168.48.85 is that of node node-1: ask for another " +
      "one, unless the VM is on a network that the node is not on",
    ],
  },
  {
    check: "vmnetcfg-node-address",
    name: "no address, and another one than that of a node",
    request: nics({}, { ipAddress: "192.168.48.86" }),
    around: { ...SERVED, nodes: { "node-1": "192.168.48.85" } },
    says: [],
  },
];
