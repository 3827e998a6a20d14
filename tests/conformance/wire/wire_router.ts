/** A router between two segments, with a relay agent that forwards DHCP from one to the other. */

import type { Bridge } from "../../support/network/network_namespace.ts";
import {
  commandIn,
  createVethPair,
  NetworkNamespace,
  runIn,
} from "../../support/network/network_namespace.ts";
import { LineLog } from "../../support/process/line_log.ts";

/** Where the router stands. */
export interface WireRouterOptions {
  /** The segment of the clients. */
  readonly bridge: Bridge;
  /** The router's address there, and so the relay agent's `giaddr`; of the pool's network. */
  readonly address: string;
  /** The server's address, of the same network, though the server is on the other segment. */
  readonly serverAddress: string;
}

/** To the clients the server looks as if it were on their segment, and without delay. */
const SETTINGS = [
  { path: "ip_forward", value: 1 },
  { path: "conf/clients/proxy_arp", value: 1 },
  { path: "neigh/clients/proxy_delay", value: 0 },
];

/** A router; disposing unplugs it. */
export class WireRouter implements AsyncDisposable {
  readonly #relayLog = new LineLog();
  #relay: Deno.ChildProcess | undefined;

  private constructor(
    readonly place: NetworkNamespace,
    /** Interface of this namespace on the other segment, which is for the server. */
    readonly serverInterface: string,
    readonly serverAddress: string,
  ) {}

  static async create(options: WireRouterOptions): Promise<WireRouter> {
    const { bridge, address, serverAddress } = options;
    const place = await NetworkNamespace.create();
    const down = await createVethPair({ peerPlace: place, peerName: "clients" });
    await bridge.attach(down.name);
    const up = await createVethPair({ peerPlace: place, peerName: "servers" });
    await runIn(place, "ip", "address", "add", `${address}/24`, "dev", "clients");
    await runIn(place, "ip", "address", "add", "198.51.100.7/24", "dev", "servers");
    await runIn(place, "ip", "route", "add", `${serverAddress}/32`, "dev", "servers");
    for (const setting of SETTINGS) {
      await runIn(place, "sh", "-c", `echo ${setting.value} > /proc/sys/net/ipv4/${setting.path}`);
    }
    return new WireRouter(place, up.name, serverAddress);
  }

  /** Starts dhcrelay, which adds option 82 and removes it again from replies. */
  async startRelay(): Promise<void> {
    const command = ["dhcrelay", "-4", "-d", "--no-pid", "-a", "-id", "clients", "-iu", "servers"];
    this.#relay = commandIn(this.place, [...command, this.serverAddress], {
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const [log, listening] = this.#relay.stderr.tee();
    this.#relayLog.follow(log);
    let seen = "";
    for await (const text of listening.pipeThrough(new TextDecoderStream())) {
      seen += text;
      if (seen.includes("Sending on   Socket/fallback")) return;
    }
    throw new Error(`dhcrelay ended\n${seen}`);
  }

  /** Ends dhcrelay. */
  async stopRelay(): Promise<void> {
    const relay = this.#relay;
    this.#relay = undefined;
    relay?.kill("SIGTERM");
    await relay?.status;
    await this.#relayLog.ended();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopRelay();
    await this.place[Symbol.asyncDispose]();
  }
}
