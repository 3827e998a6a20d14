/** `vm-dhcp agent` as a process of its own. */

import { LineLog } from "../../support/process/line_log.ts";
import { PROGRAMS } from "../../support/process/standalone_process.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";

/** A running agent; disposing kills it. */
export class AgentProcess implements AsyncDisposable {
  readonly #log = new LineLog();
  readonly #child: Deno.ChildProcess;
  #ended = false;

  private constructor(kubeconfigPath: string, interfaceName: string) {
    const [program, ...words] = PROGRAMS.source;
    this.#child = new Deno.Command(program!, {
      args: [
        ...words,
        ...["agent", "--ippool", "default/ippool-1", "--nic", interfaceName, "--debug"],
        ...["--kubeconfig", kubeconfigPath, "--http", "127.0.0.1:0"],
      ],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#log.follow(this.#child.stdout);
    this.#log.follow(this.#child.stderr);
    this.#child.status.then(() => this.#ended = true);
  }

  /** Starts an agent of `default/ippool-1` and waits until it receives; whether it answers is open. */
  static async start(kubeconfigPath: string, interfaceName: string): Promise<AgentProcess> {
    const agent = new AgentProcess(kubeconfigPath, interfaceName);
    await waitUntil(
      () => agent.#log.entries("interface status").length > 0 || undefined,
      { what: "the agent's interface", explain: () => agent.#log.tail() },
    );
    return agent;
  }

  /** What became of the packets that it has answered from a table, such as `ack`. */
  outcomes(): readonly unknown[] {
    return this.#log.entries("packet").map(({ outcome }) => outcome);
  }

  /** Whether its process has not ended. */
  isRunning(): boolean {
    return !this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#ended) this.#child.kill("SIGKILL");
    await this.#child.status;
    await this.#log.ended();
  }
}
