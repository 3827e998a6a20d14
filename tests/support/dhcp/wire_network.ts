/** The network of the conformance scenarios on a bridge, for real clients. */

import { createLeaseTable, type LeaseTable } from "../../../lib/dhcpv4/lease.ts";
import type { PoolParameters } from "../../../lib/dhcpv4/pool.ts";
import { ip, mac, poolParameters } from "./dhcp_packets.ts";
import { type Bridge, createBridge, HERE, runIn } from "../network/network_namespace.ts";
import { WireClient } from "./wire_client.ts";
import type { WireClientName } from "./wire_client_programs.ts";
import { WireServer } from "./wire_server.ts";

/** A table that binds MACs to addresses, such as `{ "52:54:00:12:34:56": "192.0.2.10" }`. */
export function tableOf(
  addresses: Readonly<Record<string, string>>,
  parameters: Partial<PoolParameters> = {},
): LeaseTable {
  const bindings = Object.entries(addresses).map(([of, to]) => [mac(of), ip(to)] as const);
  return createLeaseTable(poolParameters(parameters), new Map(bindings));
}

/** MAC address of the bridge, and so of the server. */
export const BRIDGE_MAC = "02:00:00:48:00:02";

/** Accepts frames with UDP datagrams to the port. */
export function isUdpTo(port: number): (frame: Uint8Array) => boolean {
  return (frame) =>
    frame[12] === 8 && frame[13] === 0 && frame[23] === 17 &&
    frame[36]! * 256 + frame[37]! === port;
}

/** A bridge with a server and machines, which disposing removes. */
export class WireNetwork implements AsyncDisposable {
  readonly #cleanUp = new AsyncDisposableStack();

  private constructor(readonly bridge: Bridge, readonly folder: string) {
    this.#cleanUp.defer(() => Deno.remove(folder, { recursive: true }));
    this.#cleanUp.use(bridge);
  }

  static async create(): Promise<WireNetwork> {
    const bridge = await createBridge(HERE);
    // Once set, it no longer changes as ports come and go.
    await runIn(HERE, "ip", "link", "set", bridge.name, "address", BRIDGE_MAC);
    // This host may have one of the network's addresses elsewhere and must not answer for it.
    const setting = `/proc/sys/net/ipv4/conf/${bridge.name}/arp_ignore`;
    await runIn(HERE, "sh", "-c", `echo 8 > ${setting}`);
    return new WireNetwork(bridge, await Deno.makeTempDir());
  }

  /** Starts a server on the bridge that answers from a table. */
  async serve(table: LeaseTable): Promise<WireServer> {
    return this.#cleanUp.use(await WireServer.start(this.bridge.name, table));
  }

  /** Plugs in a machine; its client does not run yet. */
  async machine(name: WireClientName, macAddress: string): Promise<WireClient> {
    const { bridge, folder } = this;
    return this.#cleanUp.use(await WireClient.create(name, { bridge, mac: macAddress, folder }));
  }

  /** Anything else that should end with the network. */
  use<T extends AsyncDisposable>(part: T): T {
    return this.#cleanUp.use(part);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanUp.disposeAsync();
  }
}
