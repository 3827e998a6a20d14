/** Finds and runs the kubectl that the tests use. */

import { findProgram, isExecutable } from "./tools.ts";

/** The oldest kubectl that is supported, 1.x. */
const MINOR_MIN = 27;

/** What a run of kubectl gave. */
export interface KubectlResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Finds a kubectl: `KUBECTL`, else one on PATH that is new enough, else the one in the cache.
 *
 * @throws {Error} when there is none.
 */
export async function kubectlPath(): Promise<string> {
  const chosen = Deno.env.get("KUBECTL");
  if (chosen !== undefined && chosen !== "") return chosen;
  const installed = await findProgram("kubectl");
  if (installed !== undefined && await minorVersionOf(installed) >= MINOR_MIN) return installed;
  const cached = `${cacheFolder()}/kubectl`;
  if (await isExecutable(cached)) return cached;
  throw new Error(
    `No kubectl of version 1.${MINOR_MIN} or newer is on PATH or at ${cached}: install one, or ` +
      "name one in the environment variable KUBECTL",
  );
}

/** Runs kubectl against the cluster of a kubeconfig. */
export class Kubectl {
  constructor(readonly path: string, readonly kubeconfig: string, readonly home: string) {}

  /** Starts it; nothing of the user's own configuration is read. */
  command(args: readonly string[], options: Deno.CommandOptions = {}): Deno.Command {
    return new Deno.Command(this.path, {
      stdin: "null",
      ...options,
      args: [...args],
      // Its caches of discovery documents belong to this test alone.
      env: { KUBECONFIG: this.kubeconfig, HOME: this.home, ...options.env },
    });
  }

  /** Runs it to its end, with a manifest on its standard input if one is given. */
  async run(args: readonly string[], input?: unknown): Promise<KubectlResult> {
    const child = this.command(args, { stdin: "piped", stdout: "piped", stderr: "piped" }).spawn();
    const writer = child.stdin.getWriter();
    if (input !== undefined) await writer.write(new TextEncoder().encode(JSON.stringify(input)));
    await writer.close();
    const { code, stdout, stderr } = await child.output();
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  }
}

async function minorVersionOf(path: string): Promise<number> {
  const { stdout } = await new Deno.Command(path, {
    args: ["version", "--client", "--output=json"],
    stderr: "null",
  }).output();
  const minor = /"minor": *"(\d+)/.exec(new TextDecoder().decode(stdout))?.[1];
  return Number(minor ?? 0);
}

function cacheFolder(): string {
  const own = Deno.env.get("VM_DHCP_CACHE");
  if (own !== undefined && own !== "") return own;
  const caches = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME") ?? ""}/.cache`;
  return `${caches}/vm-dhcp`;
}
