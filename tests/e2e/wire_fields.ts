/** Fields of the packets that pass an interface, as tshark reads them while they pass. */

import { waitUntil } from "../support/harness/wait_until.ts";
import { commandIn, HERE } from "../support/network/network_namespace.ts";
import { LineLog } from "../support/process/line_log.ts";

/** What is read. */
export interface WireFieldsOptions {
  /** In the language of pcap-filter(7), such as `arp`. */
  readonly filter: string;
  /** Names of tshark's fields; of one that occurs several times in a packet, the first counts. */
  readonly fields: readonly string[];
}

/** A tshark on an interface of this namespace. */
export class WireFields implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #lines = new LineLog();
  readonly #errors = new LineLog();

  private constructor(interfaceName: string, { filter, fields }: WireFieldsOptions) {
    const output = ["-l", "-T", "fields", "-E", "separator=/t", "-E", "occurrence=f"];
    const command = ["tshark", "-n", "-i", interfaceName, "-f", filter, ...output];
    this.#child = commandIn(HERE, [...command, ...fields.flatMap((field) => ["-e", field])], {
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#lines.follow(this.#child.stdout);
    this.#errors.follow(this.#child.stderr);
  }

  /** Starts to listen, and waits until it hears. */
  static async start(interfaceName: string, options: WireFieldsOptions): Promise<WireFields> {
    const fields = new WireFields(interfaceName, options);
    await waitUntil(
      () => fields.#errors.lines.some((line) => line.startsWith("Capturing")) || undefined,
      { what: "tshark", limitMs: 60_000, explain: () => fields.#errors.tail() },
    );
    return fields;
  }

  /** The fields of each packet so far, from one on. */
  rows(first = 0): readonly (readonly string[])[] {
    return this.#lines.lines.slice(first).map((line) => line.split("\t"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#child.status;
    await Promise.all([this.#lines.ended(), this.#errors.ended()]);
  }
}
