/** What machines load their files from: a TFTP server and an HTTP server, and a name server. */

import { resolve } from "node:path";
import { waitUntil } from "../support/harness/wait_until.ts";
import { commandIn, type NetworkPlace } from "../support/network/network_namespace.ts";
import { LineLog } from "../support/process/line_log.ts";

const FILE_SERVER = resolve(import.meta.dirname ?? ".", "file_server.ts");

/** Programs of Debian's package `ipxe`. */
const PROGRAMS = ["/usr/lib/ipxe/ipxe.efi", "/usr/lib/ipxe/undionly.kpxe"];

/** A request by HTTP. */
export interface HttpRequest {
  readonly method: string;
  readonly host: string;
  /** With what follows `?`. */
  readonly path: string;
  readonly from: string;
}

/** Where the servers are. */
export interface BootServersOptions {
  readonly place: NetworkPlace;
  /** For their files, which are {@link BootServers.add}ed, and the programs of iPXE. */
  readonly folder: string;
  /** Addresses by name. */
  readonly names: Readonly<Record<string, string>>;
}

/** The running servers, on all interfaces of their namespace; disposing ends them. */
export class BootServers implements AsyncDisposable {
  readonly #cleanUp = new AsyncDisposableStack();
  readonly #http = new LineLog();
  readonly #tftp = new LineLog();

  private constructor(readonly options: BootServersOptions) {}

  static async start(options: BootServersOptions): Promise<BootServers> {
    const { folder, names } = options;
    const servers = new BootServers(options);
    try {
      for (const path of PROGRAMS) await Deno.copyFile(path, `${folder}/${path.split("/").pop()}`);
      servers.#run(servers.#http, [
        ...[Deno.execPath(), "run", "--no-config", "--allow-net", `--allow-read=${folder}`],
        ...[FILE_SERVER, folder],
      ]);
      servers.#run(servers.#tftp, [
        ...["dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--pid-file=", "--leasefile-ro"],
        ...["--enable-tftp", `--tftp-root=${folder}`, "--no-resolv", "--no-hosts"],
        ...Object.entries(names).map(([name, address]) => `--address=/${name}/${address}`),
        // iPXE waits a quarter of a minute for a router of IPv6 before it says what it has.
        ...["--enable-ra", "--dhcp-range=::,constructor:br*,ra-only"],
      ]);
      await servers.#ready("HTTP", servers.#http, '"serving"');
      await servers.#ready("TFTP", servers.#tftp, "TFTP root is");
      return servers;
    } catch (error) {
      await servers[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Adds a file, or replaces it. */
  async add(name: string, text: string): Promise<void> {
    const path = `${this.options.folder}/${name}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(path, text);
  }

  /** What this address has asked for by HTTP. */
  requestsFrom(address: string): readonly HttpRequest[] {
    const requests = this.#http.entries("request") as unknown as readonly HttpRequest[];
    return requests.filter(({ from }) => from === address);
  }

  /** Names of the files that this address has had by TFTP. */
  transfersTo(address: string): readonly string[] {
    const sent = /sent (?:.*\/)?(\S+) to (\S+)$/;
    return this.#tftp.lines.flatMap((line) => {
      const [, name, to] = sent.exec(line) ?? [];
      return name !== undefined && to === address ? [name] : [];
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanUp.disposeAsync();
  }

  #run(log: LineLog, command: readonly string[]): void {
    const child = commandIn(this.options.place, ["setpriv", "--pdeathsig", "KILL", ...command], {
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    log.follow(child.stdout);
    log.follow(child.stderr);
    this.#cleanUp.defer(async () => {
      child.kill("SIGKILL");
      await child.status;
      await log.ended();
    });
  }

  async #ready(what: string, log: LineLog, text: string): Promise<void> {
    await waitUntil(() => log.lines.some((line) => line.includes(text)) || undefined, {
      what: `the ${what} server`,
      explain: () => log.tail(),
    });
  }
}
