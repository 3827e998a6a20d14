/** Many interfaces for one standalone, each with a pool of its own and one client. */

import { formatMacAddress, type MacAddress } from "../../../lib/net/mac_address.ts";
import { ippoolSample, vmnetcfgSample } from "../apiserver/samples.ts";
import { clientFrame } from "../dhcp/dhcp_packets.ts";
import { ipBatch, uniqueInterfaceName } from "./network_namespace.ts";
import { RawLink } from "./raw_link.ts";

const FIRST_MAC = 0x525400ab0000;

/** One of the interfaces. */
export interface ServedInterface {
  readonly name: string;
  /** The client's end of the cable. */
  readonly peerName: string;
  /** The value of `--nic`. */
  readonly nic: string;
  readonly mac: MacAddress;
}

/** The interfaces; disposing deletes them and the folder. */
export class ManyInterfaces implements AsyncDisposable {
  private constructor(
    readonly interfaces: readonly ServedInterface[],
    /** For the data of standalone. */
    readonly folder: string,
    /** A file with the pools and the clients. */
    readonly manifests: string,
  ) {}

  /** Makes so many virtual cables with both ends here. */
  static async create(count: number): Promise<ManyInterfaces> {
    const interfaces = Array.from({ length: count }, (_, index) => servedInterface(index));
    const folder = await Deno.makeTempDir();
    const manifests = `${folder}/manifests.yaml`;
    const made = new ManyInterfaces(interfaces, folder, manifests);
    try {
      await Deno.writeTextFile(manifests, interfaces.map(manifestsOf).join(""));
      await ipBatch(
        interfaces.flatMap(({ name, peerName }) => [
          `link add ${name} type veth peer name ${peerName}`,
          `link set ${name} up`,
          `link set ${peerName} up`,
        ]),
      );
      return made;
    } catch (error) {
      await made[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await ipBatch(this.interfaces.map(({ name }) => `link delete ${name}`), { mayFail: true });
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** A client that asks for an address. */
export class DiscoverClient implements Disposable {
  readonly #link: RawLink;
  readonly #mac: MacAddress;
  #xid = 0;

  constructor({ peerName, mac }: Pick<ServedInterface, "peerName" | "mac">) {
    this.#link = new RawLink(peerName);
    this.#mac = mac;
  }

  /** @returns Milliseconds from a DISCOVER to its OFFER; `undefined` when none came in time. */
  async offerMs(limitMs: number): Promise<number | undefined> {
    const frame = clientFrame({ mac: this.#mac, xid: ++this.#xid });
    const sentMs = performance.now();
    this.#link.send(frame);
    try {
      await this.#link.receive((reply) => this.#isOffer(reply), limitMs);
    } catch {
      return undefined;
    }
    return performance.now() - sentMs;
  }

  [Symbol.dispose](): void {
    this.#link[Symbol.dispose]();
  }

  #isOffer(frame: Uint8Array): boolean {
    const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
    return frame.length > 282 && frame[42] === 2 && view.getUint32(46) === this.#xid;
  }
}

function servedInterface(index: number): ServedInterface {
  const name = uniqueInterfaceName("vm");
  return {
    name,
    peerName: uniqueInterfaceName("vn"),
    nic: `default/net-${index}=${name}`,
    mac: FIRST_MAC + index as MacAddress,
  };
}

function manifestsOf({ mac }: ServedInterface, index: number): string {
  const networkName = `default/net-${index}`;
  const net = `10.${100 + (index >> 8)}.${index & 255}`;
  const pool = ippoolSample({
    metadata: { name: `pool-${index}` },
    spec: { networkName },
    pool: { start: `${net}.10`, end: `${net}.20`, exclude: [] },
    ipv4Config: { serverIP: `${net}.2`, cidr: `${net}.0/24`, router: `${net}.1`, ntp: [] },
  });
  const client = vmnetcfgSample({
    metadata: { name: `vm-${index}` },
    spec: {
      vmName: `vm-${index}`,
      networkConfigs: [{ macAddress: formatMacAddress(mac), networkName }],
    },
  });
  return [pool, client].map((object) => `---\n${JSON.stringify(object)}\n`).join("");
}
