/** IPPools and the addresses of others. */

import { networkSample } from "../../../support/apiserver/admission_worlds.ts";
import {
  type AdmissionCase,
  CONFIG,
  creation,
  NET_48,
  NET_49,
  otherPool,
  update,
} from "./admission_case.ts";

export const OVERLAP_CASES: readonly AdmissionCase[] = [
  {
    check: "ippool-service-network",
    name: "a subnet of the Services",
    request: creation(),
    around: { serviceCidrs: ["10.53.0.0/16", "192.168.0.0/16"] },
    says: [
      `${CONFIG}.cidr: cidr 192.168.48.0/24 overlaps cluster service cidr 192.168.0.0/16: choose ` +
      "another subnet, or correct --service-cidr of the webhook",
    ],
  },
  {
    check: "ippool-service-network",
    name: "Services in a part of the subnet",
    request: creation(),
    around: { serviceCidrs: ["192.168.48.128/25"] },
    says: [
      `${CONFIG}.cidr: cidr 192.168.48.0/24 overlaps cluster service cidr 192.168.48.128/25: ` +
      "choose another subnet, or correct --service-cidr of the webhook",
    ],
  },
  {
    check: "ippool-service-network",
    name: "Services beside the subnet",
    request: creation(),
    around: { serviceCidrs: ["192.168.49.0/24"] },
    says: [],
  },
  {
    check: "ippool-pod-network",
    name: "a subnet of the Pods",
    request: creation(),
    around: { clusterCidrs: ["192.168.48.0/23"] },
    says: [
      `${CONFIG}.cidr: cidr 192.168.48.0/24 overlaps cluster pod cidr 192.168.48.0/23: choose ` +
      "another subnet, or correct --cluster-cidr of the webhook",
    ],
  },
  {
    check: "ippool-pod-network",
    name: "Pods elsewhere",
    request: creation(),
    around: { clusterCidrs: ["10.52.0.0/16"] },
    says: [],
  },
  {
    check: "ippool-other-pools",
    name: "a subnet of another pool on the cluster network",
    request: creation(),
    around: {
      networks: [NET_48, NET_49],
      pools: [otherPool({
        spec: { networkName: "default/net-49" },
        ipv4Config: { cidr: "192.168.48.0/20" },
      })],
    },
    says: [
      `${CONFIG}.cidr: cidr 192.168.48.0/24 overlaps cidr 192.168.48.0/20 of IPPool ` +
      "default/other, which is on the same cluster network vlan: choose another subnet",
    ],
  },
  {
    check: "ippool-other-pools",
    name: "the subnet of a pool on another cluster network",
    request: creation(),
    around: {
      networks: [
        NET_48,
        networkSample("net-49", { "network.harvesterhci.io/clusternetwork": "x" }),
      ],
      pools: [otherPool({ spec: { networkName: "default/net-49" } })],
    },
    says: [],
  },
  {
    check: "ippool-node-addresses",
    name: "a node in the range",
    request: creation(),
    around: { nodes: { "node-1": "192.168.48.85" } },
    says: [
      `${CONFIG}.pool: ip 192.168.48.85 of node node-1 could be handed out to a VM: add it to ` +
      "pool.exclude, or choose another range",
    ],
  },
  {
    check: "ippool-node-addresses",
    name: "a range that grows over a node",
    request: update({}, { pool: { end: "192.168.48.99" } }),
    around: { nodes: { "node-1": "192.168.48.95" } },
    says: [
      `${CONFIG}.pool: ip 192.168.48.95 of node node-1 could be handed out to a VM: add it to ` +
      "pool.exclude, or choose another range",
    ],
  },
  {
    check: "ippool-node-addresses",
    name: "an excluded node",
    request: creation({ pool: { exclude: ["192.168.48.85"] } }),
    around: { nodes: { "node-1": "192.168.48.85" } },
    says: [],
  },
  {
    check: "ippool-node-network",
    name: "nodes beside the range",
    request: creation(),
    around: { nodes: { "node-1": "192.168.48.5", "node-2": "192.168.48.6", "node-3": "10.0.0.1" } },
    says: [
      `${CONFIG}.cidr: cidr 192.168.48.0/24 has addresses of nodes (192.168.48.5 of node-1, ` +
      "192.168.48.6 of node-2): VMs reach them only when they are on the same network",
    ],
  },
  {
    check: "ippool-node-network",
    name: "nodes elsewhere",
    request: creation(),
    around: { nodes: { "node-1": "10.0.0.1" } },
    says: [],
  },
];
