/**
 * Machines with real clients that go through the life of a lease: boot, reboot, release. Their
 * address is read from the kernel's interface, so the question is the same for all.
 */

import { resolve } from "node:path";
import { VirtualNic } from "./dhcp_client.ts";
import { LineLog } from "../process/line_log.ts";
import { type Bridge, commandIn, runIn } from "../network/network_namespace.ts";
import { waitUntil } from "../harness/wait_until.ts";
import { type ClientProgram, WIRE_CLIENTS, type WireClientName } from "./wire_client_programs.ts";

const HOOK = resolve(import.meta.dirname ?? ".", "dhcp_client_hook.sh");

/**
 * Before each client: a mount namespace where neither the resolver configuration nor what clients
 * keep in fixed folders is the host's. $1 is the folder of the client's files, the rest its command.
 */
const FENCE = [
  "set -e",
  'if [ -e /etc/resolv.conf ]; then mount --bind "$1/resolv.conf" /etc/resolv.conf; fi',
  'if [ -d /var/lib/dhcpcd ]; then mount --bind "$1/dhcpcd" /var/lib/dhcpcd; fi',
  "mount -t tmpfs none /run",
  'mkdir -p /run/systemd/network && cp "$1/config" /run/systemd/network/eth0.network',
  // With a read-only /sys, networkd does not wait for udev.
  "mount -o remount,bind,ro /sys",
  'shift && exec "$@"',
].join("\n");

/** Time between signals to a client that does not end. */
const KILL_AGAIN_MS = 1000;

/** Time between reminders to a client that should renew. */
const TELL_AGAIN_MS = 3000;

/** A machine on a bridge, with files that outlive its client; disposing unplugs it. */
export class WireClient implements AsyncDisposable {
  #child: Deno.ChildProcess | undefined;
  #log = new LineLog();
  #lastAddress: string | undefined;

  private constructor(
    readonly name: WireClientName,
    readonly nic: VirtualNic,
    readonly folder: string,
  ) {}

  /**
   * Plugs a machine into a bridge.
   *
   * @param folder For the client's files.
   * @param config More of the client's configuration.
   */
  static async create(
    name: WireClientName,
    { bridge, mac, folder, config = "" }: {
      readonly bridge: Bridge;
      readonly mac: string;
      readonly folder: string;
      readonly config?: string;
    },
  ): Promise<WireClient> {
    const own = await Deno.makeTempDir({ dir: folder, prefix: `${name}-` });
    for (const file of ["leases", "events", "resolv.conf"]) {
      await Deno.writeTextFile(`${own}/${file}`, "");
    }
    await Deno.writeTextFile(`${own}/config`, WIRE_CLIENTS[name].config + config);
    await Deno.mkdir(`${own}/dhcpcd`);
    return new WireClient(name, await VirtualNic.create(bridge, mac), own);
  }

  /** Starts the client. @param extra More words of its command. */
  boot(...extra: readonly string[]): void {
    const { command } = WIRE_CLIENTS[this.name];
    this.#child = this.#spawn([...command(this.#circumstances()), ...extra]);
    this.#log.follow(this.#child.stdout);
    this.#log.follow(this.#child.stderr);
  }

  /** The power fails and comes back: no RELEASE, no address; the client's files are there. */
  async reboot(): Promise<void> {
    this.#lastAddress = await this.address();
    await this.#remembersLease();
    await this.#end(WIRE_CLIENTS[this.name].kill);
    await runIn(this.nic.place, "ip", "address", "flush", "dev", this.nic.interfaceName);
    this.boot();
  }

  /** Tells the client to give its lease back. Most end when they have. */
  async release(): Promise<void> {
    const { release, staysAfterRelease }: ClientProgram = WIRE_CLIENTS[this.name];
    if (typeof release === "string") {
      return staysAfterRelease === true ? this.#child?.kill(release) : await this.#end(release);
    }
    const child = this.#spawn(release(this.#circumstances()));
    this.#log.follow(child.stdout);
    this.#log.follow(child.stderr);
    await child.status;
  }

  /** Tells a client to renew, if it can be told. */
  renew(): void {
    const { renew }: ClientProgram = WIRE_CLIENTS[this.name];
    if (renew !== undefined) this.#child?.kill(renew);
  }

  /** The address of the interface; `undefined` when it has none. */
  async address(): Promise<string | undefined> {
    const { place, interfaceName } = this.nic;
    const text = await runIn(place, "ip", "-json", "-4", "address", "show", "dev", interfaceName);
    const [{ addr_info: addresses = [] } = {}]: { addr_info?: { local: string }[] }[] = JSON.parse(
      text,
    );
    return addresses.at(-1)?.local;
  }

  /** Waits until the interface has this address. @returns When, by `performance.now()`. */
  holds(address: string, limitMs?: number): Promise<number> {
    return waitUntil(async () => await this.address() === address ? performance.now() : undefined, {
      what: `${this.name} to hold ${address}`,
      explain: async () => `it holds ${await this.address()}\n${this.#log.tail()}`,
      ...(limitMs === undefined ? {} : { limitMs }),
    });
  }

  /** Tells the client to renew until its hook reports that it did; networkd has no hook. */
  async renewed(): Promise<void> {
    let toldMs = -Infinity;
    await waitUntil(async () => {
      // An answer may get lost, and the client waits long before it asks again.
      if (performance.now() - toldMs > TELL_AGAIN_MS) {
        this.renew();
        toldMs = performance.now();
      }
      const events = await Deno.readTextFile(`${this.folder}/events`);
      return /^renewed /m.test(events) || undefined;
    }, { what: `${this.name}'s renewal`, explain: () => this.#log.tail() });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end(WIRE_CLIENTS[this.name].kill);
    await this.nic[Symbol.asyncDispose]();
  }

  #circumstances() {
    const { folder, nic } = this;
    return { interfaceName: nic.interfaceName, folder, hook: HOOK, lastAddress: this.#lastAddress };
  }

  #spawn(command: readonly string[]): Deno.ChildProcess {
    const fenced = ["unshare", "--mount", "sh", "-c", FENCE, "sh", this.folder, ...command];
    return commandIn(this.nic.place, fenced, {
      env: { DHCP_EVENTS: `${this.folder}/events` },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  async #remembersLease(): Promise<void> {
    const { leaseFile }: ClientProgram = WIRE_CLIENTS[this.name];
    if (leaseFile === undefined || this.#lastAddress === undefined) return;
    const path = `${this.folder}/${leaseFile}`;
    await waitUntil(
      async () => (await Deno.readTextFile(path)).includes(`${this.#lastAddress}`) || undefined,
      { what: `${this.name}'s file of leases`, explain: () => this.#log.tail() },
    );
  }

  async #end(signal: Deno.Signal): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    // dhcpcd loses a signal that comes while it runs its hook.
    const again = setInterval(() => sendSignal(child, signal), KILL_AGAIN_MS);
    sendSignal(child, signal);
    await child.status;
    clearInterval(again);
    await this.#log.ended();
  }
}

function sendSignal(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // It has ended by itself.
  }
}
