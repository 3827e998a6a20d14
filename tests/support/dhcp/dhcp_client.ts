/** Real DHCP clients in machines of their own. */

import { resolve } from "node:path";
import { LineLog } from "../process/line_log.ts";
import {
  type Bridge,
  commandIn,
  createVethPair,
  NetworkNamespace,
  runIn,
} from "../network/network_namespace.ts";
import { waitUntil } from "../harness/wait_until.ts";

const HOOK = resolve(import.meta.dirname ?? ".", "dhcp_client_hook.sh");

const INTERFACE = "eth0";

/** Names and free text that the clients' configuration files need. */
interface ClientFiles {
  readonly config: string;
  readonly leases: string;
  readonly pid: string;
  readonly events: string;
}

/** The command of each client: in the foreground, with our hook, touching no file but its own. */
const COMMANDS = {
  udhcpc: ({ pid }: ClientFiles) => [
    ...["udhcpc", "-f", "-i", INTERFACE, "-s", HOOK, "-p", pid],
    ...["-t", "20", "-T", "1", "-A", "1"],
  ],
  dhclient: ({ config, leases, pid, events }: ClientFiles) => [
    ...["dhclient", "-4", "-d", "-cf", config, "-lf", leases, "-pf", pid, "-sf", HOOK],
    ...["-e", `DHCP_EVENTS=${events}`, INTERFACE],
  ],
  // Its control socket and leases have fixed folders, so it gets empty ones.
  dhcpcd: ({ config, events }: ClientFiles) => [
    ...["unshare", "--mount", "sh", "-c"],
    'mount -t tmpfs none /run && mount -t tmpfs none /var/lib/dhcpcd && exec "$@"',
    ...["sh", "dhcpcd", "-4", "-B", "-d", "-f", config, "-c", HOOK],
    ...["-e", `DHCP_EVENTS=${events}`, INTERFACE],
  ],
} as const;

const CONFIGS = {
  udhcpc: "",
  dhclient: "timeout 10;\nretry 1;\nbackoff-cutoff 1;\ninitial-interval 1;\n" +
    "request subnet-mask, routers, domain-name-servers, domain-name;\n",
  dhcpcd: "option domain_name_servers, routers, subnet_mask\nnoipv4ll\nnoarp\nnodelay\ntimeout 0\n",
} as const;

/** A DHCP client that the tests can run. */
export type ClientName = keyof typeof COMMANDS;

export const CLIENT_NAMES: readonly ClientName[] = ["udhcpc", "dhclient", "dhcpcd"];

/** An event that the client passed to its hook. */
export interface ClientEvent {
  readonly kind: "bound" | "renewed" | "started" | "lost" | "other";
  readonly address: string;
  readonly dns: readonly string[];
}

/** A network namespace with one interface on a bridge. */
export class VirtualNic implements AsyncDisposable {
  private constructor(
    readonly place: NetworkNamespace,
    readonly interfaceName: string,
    readonly mac: string,
  ) {}

  /** Plugs a new machine into a bridge of this namespace. */
  static async create(bridge: Bridge, mac: string): Promise<VirtualNic> {
    const place = await NetworkNamespace.create();
    const { name } = await createVethPair({ peerPlace: place, peerName: INTERFACE });
    await runIn(place, "ip", "link", "set", INTERFACE, "address", mac);
    await bridge.attach(name);
    return new VirtualNic(place, INTERFACE, mac);
  }

  /** The veth pair goes with the namespace. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.place[Symbol.asyncDispose]();
  }
}

/** A running client; disposing ends it without a RELEASE. */
export class DhcpClient implements AsyncDisposable {
  readonly log = new LineLog();
  readonly #child: Deno.ChildProcess;
  readonly #eventsPath: string;

  private constructor(child: Deno.ChildProcess, eventsPath: string) {
    this.#child = child;
    this.#eventsPath = eventsPath;
    this.log.follow(child.stdout);
    this.log.follow(child.stderr);
  }

  /** Starts a client; `folder` is for its files. */
  static async start(name: ClientName, nic: VirtualNic, folder: string): Promise<DhcpClient> {
    const own = await Deno.makeTempDir({ dir: folder, prefix: `${name}-` });
    const files: ClientFiles = {
      config: `${own}/config`,
      leases: `${own}/leases`,
      pid: `${own}/pid`,
      events: `${own}/events`,
    };
    await Deno.writeTextFile(files.config, CONFIGS[name]);
    await Deno.writeTextFile(files.leases, "");
    await Deno.writeTextFile(files.events, "");
    const child = commandIn(nic.place, COMMANDS[name](files), {
      env: { DHCP_EVENTS: files.events },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    return new DhcpClient(child, files.events);
  }

  /** The events so far. */
  async events(): Promise<ClientEvent[]> {
    const text = await Deno.readTextFile(this.#eventsPath);
    return text.trim().split("\n").filter((line) => line !== "").map(parseEvent);
  }

  /** Waits for an event; a past one counts as well. */
  waitFor(
    what: string,
    isWanted: (event: ClientEvent) => boolean,
    limitMs?: number,
  ): Promise<ClientEvent> {
    return waitUntil(async () => (await this.events()).find(isWanted), {
      what,
      ...(limitMs === undefined ? {} : { limitMs }),
      explain: async () => `${JSON.stringify(await this.events())}\n${this.log.tail()}`,
    });
  }

  /** Waits for the first lease. @returns Its address. */
  async bound(): Promise<string> {
    const { address } = await this.waitFor("a lease", ({ kind }) => kind === "bound");
    return address;
  }

  /** Sends a signal, such as SIGUSR1, which makes udhcpc renew. */
  signal(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** None of the clients releases its lease at SIGTERM; dhcpcd ends its helpers as well. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGTERM");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // It has ended by itself.
    }
    await this.#child.status;
    await this.log.ended();
  }
}

function parseEvent(line: string): ClientEvent {
  const [kind, address, dns] = line.split(" ");
  return {
    kind: kind as ClientEvent["kind"],
    address: address ?? "",
    dns: dns === undefined || dns === "-" ? [] : dns.split(","),
  };
}
