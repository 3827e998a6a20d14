/** IPPools and their VM networks. */

import { networkSample, type Surroundings } from "../../../support/apiserver/admission_worlds.ts";
import { ippoolSample } from "../../../support/apiserver/samples.ts";
import { type AdmissionCase, creation, NET_48, otherPool, update } from "./admission_case.ts";

function typed(type: string): Surroundings {
  return { networks: [networkSample("net-48", { "network.harvesterhci.io/type": type })] };
}

function routed(mode: string, serverIPAddr: string): Surroundings {
  const route = JSON.stringify({ mode, serverIPAddr, cidr: "192.168.48.0/24", gateway: "" });
  return { networks: [networkSample("net-48", {}, { "network.harvesterhci.io/route": route })] };
}

export const NETWORK_CASES: readonly AdmissionCase[] = [
  {
    check: "ippool-network-exists",
    name: "a network that is missing",
    request: creation(),
    around: { networks: [] },
    says: [
      'spec.networkName: network-attachment-definitions.k8s.cni.cncf.io "net-48" not found in ' +
      "namespace default: create the VM network first, or name another one",
    ],
  },
  {
    check: "ippool-network-exists",
    name: "a network of the pool's own namespace",
    request: creation({ spec: { networkName: "net-48" } }),
    around: { networks: [NET_48] },
    says: [],
  },
  {
    check: "ippool-network-exists",
    name: "a network and a pool without a namespace",
    request: creation({ metadata: { namespace: undefined }, spec: { networkName: "net-48" } }),
    around: { networks: [NET_48] },
    says: [],
  },
  {
    check: "ippool-network-exists",
    name: "networks that cannot be read",
    request: creation(),
    around: {},
    says: [],
  },
  {
    check: "ippool-network-purpose",
    name: "an overlay network",
    request: creation(),
    around: typed("OverlayNetwork"),
    says: [
      "spec.networkName: network default/net-48 is an overlay network (label " +
      "network.harvesterhci.io/type), which assigns addresses itself: name a VLAN or untagged network",
    ],
  },
  {
    check: "ippool-network-purpose",
    name: "a storage network",
    request: creation({ spec: { networkName: "default/storagenetwork-x" } }),
    around: { networks: [networkSample("storagenetwork-x")] },
    says: [
      "spec.networkName: network default/storagenetwork-x is a storage network, whose addresses " +
      "are Harvester's: name a network of VMs",
    ],
  },
  {
    check: "ippool-network-purpose",
    name: "a VLAN",
    request: creation(),
    around: typed("L2VlanNetwork"),
    says: [],
  },
  {
    check: "ippool-network-trunk",
    name: "a trunk",
    request: creation(),
    around: typed("L2VlanTrunkNetwork"),
    says: [
      "spec.networkName: network default/net-48 is a trunk of several VLANs (label " +
      "network.harvesterhci.io/type): the pool serves clients without a VLAN tag only",
    ],
  },
  {
    check: "ippool-network-trunk",
    name: "an untagged network",
    request: creation(),
    around: typed("UntaggedNetwork"),
    says: [],
  },
  {
    check: "ippool-cluster-network",
    name: "a network that does not say where it is",
    request: creation(),
    around: { networks: [networkSample("net-48")], deploysAgents: true },
    says: [
      "spec.networkName: network.harvesterhci.io/clusternetwork label not found: the pool gets no " +
      "agents before network default/net-48 has it",
    ],
  },
  {
    check: "ippool-cluster-network",
    name: "a network that says where it is",
    request: creation(),
    around: { networks: [NET_48], deploysAgents: true },
    says: [],
  },
  {
    check: "ippool-cluster-network",
    name: "agents of this host",
    request: creation(),
    around: { networks: [networkSample("net-48")] },
    says: [],
  },
  {
    check: "ippool-foreign-dhcp-server",
    name: "another DHCP server",
    request: creation(),
    around: routed("auto", "192.168.48.3"),
    says: [
      'spec.networkName: another DHCP server, "192.168.48.3", answers on network default/net-48 ' +
      "(serverIPAddr of annotation network.harvesterhci.io/route): turn it off, or VMs get " +
      "addresses of either",
    ],
  },
  {
    check: "ippool-foreign-dhcp-server",
    name: "the pool's own server",
    request: creation(),
    around: routed("auto", "192.168.48.77"),
    says: [],
  },
  {
    check: "ippool-foreign-dhcp-server",
    name: "a route that was set by hand",
    request: creation(),
    around: routed("manual", "192.168.48.3"),
    says: [],
  },
  {
    check: "ippool-one-per-network",
    name: "a second pool",
    request: creation(),
    around: { pools: [otherPool({ ipv4Config: { cidr: "not read" } })] },
    says: [
      "spec.networkName: network default/net-48 is served by IPPool default/other already: change " +
      "that one, or delete it first",
    ],
  },
  {
    check: "ippool-one-per-network",
    name: "a pool that comes for one that goes",
    request: creation(),
    around: { pools: [otherPool({ metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } })] },
    says: [],
  },
  {
    check: "ippool-one-per-network",
    name: "an edit of one of two that are there",
    request: update({}, { ipv4Config: { leaseTime: 60 } }),
    around: { pools: [ippoolSample(), otherPool()] },
    says: [],
  },
];
