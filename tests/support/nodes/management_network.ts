/**
 * The network between nodes and control plane: a bridge in a network namespace of its own, so that
 * no packet filter of the host sees what nodes send each other. The host has one address in it.
 */

import {
  type Bridge,
  createBridge,
  createVethPair,
  deleteInterface,
  HERE,
  NetworkNamespace,
  runIn,
} from "../network/network_namespace.ts";

/** Two networks that are set aside for tests (RFC 2544): of nodes, and of Pods. */
const NODES = "198.18.0";
const PODS = "198.19";

/** Address of the host, where the API server listens. */
export const HOST_ADDRESS = `${NODES}.1`;

const WORKSTATION_ADDRESS = `${NODES}.2`;

/** Name of a machine's interface on this network. */
const MANAGEMENT_INTERFACE = "eth0";

/** Address of a node, numbered from 1. */
export function nodeAddress(number: number): string {
  return `${NODES}.${10 + number}`;
}

/** Network of the Pods of a node. */
export function podRange(number: number): string {
  return `${PODS}.${number}.0/24`;
}

/** The bridge, with the host as its first port. */
export class ManagementNetwork implements AsyncDisposable {
  private constructor(
    readonly place: NetworkNamespace,
    readonly bridge: Bridge,
    readonly hostInterface: string,
  ) {}

  static async create(): Promise<ManagementNetwork> {
    const place = await NetworkNamespace.create();
    const bridge = await createBridge(place, "management");
    const { name, peerName } = await createVethPair({ peerPlace: place, peerName: "host" });
    await bridge.attach(peerName);
    await runIn(HERE, "ip", "address", "add", `${HOST_ADDRESS}/24`, "dev", name);
    return new ManagementNetwork(place, bridge, name);
  }

  /** Plugs a node in, with routes to the Pods of all nodes. */
  async plugIn(node: NetworkNamespace, number: number, nodes: number): Promise<void> {
    const port = portOf(number);
    await createVethPair({
      place: this.place,
      name: port,
      peerPlace: node,
      peerName: MANAGEMENT_INTERFACE,
    });
    await this.bridge.attach(port);
    const address = nodeAddress(number);
    await runIn(node, "ip", "address", "add", `${address}/24`, "dev", MANAGEMENT_INTERFACE);
    await runIn(node, "ip", "route", "add", "default", "via", HOST_ADDRESS);
    await runIn(node, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward");
    for (let other = 1; other <= nodes; other++) {
      const route = [podRange(other), "via", nodeAddress(other)];
      if (other !== number) await runIn(node, "ip", "route", "add", ...route);
    }
    const route = [podRange(number), "via", address, "dev", this.hostInterface];
    await runIn(HERE, "ip", "route", "replace", ...route);
  }

  /** Plugs in a machine that is no node, such as that of an administrator. */
  async plugInWorkstation(place: NetworkNamespace): Promise<void> {
    const port = "workstation";
    await createVethPair({
      place: this.place,
      name: port,
      peerPlace: place,
      peerName: MANAGEMENT_INTERFACE,
    });
    await this.bridge.attach(port);
    await runIn(
      place,
      "ip",
      "address",
      "add",
      `${WORKSTATION_ADDRESS}/24`,
      "dev",
      MANAGEMENT_INTERFACE,
    );
  }

  /** Takes the cable of a node away. */
  async unplug(number: number): Promise<void> {
    await deleteInterface(this.place, portOf(number));
  }

  /** Pulls the cable of a node, or plugs it in again. */
  async setLink(number: number, state: "up" | "down"): Promise<void> {
    await runIn(this.place, "ip", "link", "set", portOf(number), state);
  }

  /** The host's interface and its routes go with the namespace of the bridge. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.place[Symbol.asyncDispose]();
  }
}

function portOf(number: number): string {
  return `node-${number}`;
}
