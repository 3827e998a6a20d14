/** The connections of a process to a server, and what goes over them. */

const LOOK_MS = 500;

/** What the kernel counts. */
export interface Traffic {
  /** That are open now. */
  readonly connections: number;
  /** In both directions, TLS included, without headers of TCP and IP. */
  readonly bytes: number;
}

/** Reads ss(8) again and again, because the counts of a connection end with it. */
export class TrafficMeter implements AsyncDisposable {
  /** By local port, the bytes of a connection. */
  readonly #bytes = new Map<string, number>();
  readonly #stop = new AbortController();
  readonly #looking: Promise<void>;

  /** @param server URL of the server. */
  constructor(readonly pid: number, readonly server: string) {
    this.#looking = this.#run();
  }

  /** What there was until now. */
  async read(): Promise<Traffic> {
    const { hostname, port } = new URL(this.server);
    const { stdout } = await new Deno.Command("ss", {
      args: [
        ...["--no-header", "--tcp", "--info", "--processes", "--numeric", "--oneline"],
        ...["state", "established", "dst", `${hostname}:${port}`],
      ],
    }).output();
    const own = new TextDecoder().decode(stdout).split("\n")
      .filter((line) => line.includes(`pid=${this.pid},`));
    for (const line of own) {
      const [, , localAddress = ""] = line.trim().split(/\s+/);
      this.#bytes.set(localAddress, countOf(line, "bytes_received") + countOf(line, "bytes_acked"));
    }
    return {
      connections: own.length,
      bytes: this.#bytes.values().reduce((sum, bytes) => sum + bytes, 0),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#looking;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.read();
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }
}

function countOf(line: string, field: string): number {
  return Number(new RegExp(`\\b${field}:(\\d+)`).exec(line)?.[1] ?? 0);
}
