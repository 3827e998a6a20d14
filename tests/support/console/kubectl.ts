/** Runs the kubectl that the tests use. */

/** The result of a run of kubectl. */
export interface KubectlResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
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
      // No other test uses its caches of discovery documents.
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
