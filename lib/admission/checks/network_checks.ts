/** The rules between an IPPool and its VM network. */

import type { IPPool } from "../../api/ippool/ippool.ts";
import {
  CLUSTER_NETWORK_LABEL,
  NETWORK_TYPE_LABEL,
  ROUTE_ANNOTATION,
} from "../../api/network_attachment_definition.ts";
import { nameOfKey } from "../../api/meta.ts";
import { showValue } from "../../api/field_reader.ts";
import { parseIpv4Address } from "../../net/ipv4_address.ts";
import type { Check } from "../admission_check.ts";
import { ofNetwork, ofPool, otherPools } from "./pool_questions.ts";

const WORLD = { operations: ["CREATE", "UPDATE"], scope: "world" } as const;
const FIELD = "spec.networkName";

export const NETWORK_CHECKS: readonly Check<IPPool>[] = [
  {
    ...WORLD,
    name: "ippool-network-exists",
    effect: "deny",
    says: "The VM network of a pool exists.",
    check: ofPool(({ network, world }) => {
      if (world.network(network) !== undefined) return [];
      const { namespace, name } = nameOfKey(network);
      // As the Go version's webhook has it from its client.
      const message = `network-attachment-definitions.k8s.cni.cncf.io "${name}" not found in ` +
        `namespace ${namespace}: create the VM network first, or name another one`;
      return [{ field: FIELD, message }];
    }),
  },
  {
    ...WORLD,
    name: "ippool-network-purpose",
    effect: "deny",
    says: "The network is neither an overlay network, which assigns addresses itself, nor one of " +
      "Harvester's storage networks.",
    check: ofNetwork(({ purpose }, { network }) => {
      if (purpose === "overlay") {
        const message = `network ${network} is an overlay network (label ${NETWORK_TYPE_LABEL}), ` +
          "which assigns addresses itself: name a VLAN or untagged network";
        return [{ field: FIELD, message }];
      }
      if (purpose !== "storage") return [];
      const message = `network ${network} is a storage network, whose addresses are Harvester's: ` +
        "name a network of VMs";
      return [{ field: FIELD, message }];
    }),
  },
  {
    ...WORLD,
    name: "ippool-network-trunk",
    effect: "warn",
    says: "The network is not a trunk of several VLANs. On a trunk, a pool serves only clients " +
      "without a VLAN tag.",
    check: ofNetwork(({ purpose }, { network }) => {
      if (purpose !== "trunk") return [];
      const message = `network ${network} is a trunk of several VLANs (label ` +
        `${NETWORK_TYPE_LABEL}): the pool serves clients without a VLAN tag only`;
      return [{ field: FIELD, message }];
    }),
  },
  {
    ...WORLD,
    name: "ippool-cluster-network",
    effect: "warn",
    says: "If agents run in Pods, the network names its cluster network. Agents run on the nodes " +
      "that carry it.",
    check: ofNetwork(({ clusterNetwork }, { network, world }) => {
      if (clusterNetwork !== undefined || !world.deploysAgents) return [];
      const message = `${CLUSTER_NETWORK_LABEL} label not found: the pool gets no agents before ` +
        `network ${network} has it`;
      return [{ field: FIELD, message }];
    }),
  },
  {
    ...WORLD,
    name: "ippool-foreign-dhcp-server",
    effect: "warn",
    says: "Harvester found no other DHCP server on the network.",
    check: ofNetwork(({ route }, { network, settings }) => {
      if (route?.isAutomatic !== true || route.serverIp === undefined) return [];
      if (parseIpv4Address(route.serverIp) === settings.serverIp) return [];
      const message = `another DHCP server, ${showValue(route.serverIp)}, answers on network ` +
        `${network} (serverIPAddr of annotation ${ROUTE_ANNOTATION}): turn it off, or VMs get ` +
        "addresses of either";
      return [{ field: FIELD, message }];
    }),
  },
  {
    ...WORLD,
    name: "ippool-one-per-network",
    effect: "deny",
    says: "No other pool serves the network. One that is being deleted does not count.",
    check: ofPool((question) =>
      otherPools(question)
        .filter(({ network, isDeleting }) => network === question.network && !isDeleting)
        .slice(0, 1)
        .map(({ name, network }) => ({
          field: FIELD,
          message: `network ${network} is served by IPPool ${name} already: change that one, or ` +
            "delete it first",
        }))
    ),
  },
];
