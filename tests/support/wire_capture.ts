/** Records what passes an interface with tcpdump, and has tshark judge it. */

import { commandIn, HERE, runIn } from "./network_namespace.ts";
import { LineLog } from "./line_log.ts";
import { waitUntil } from "./wait_until.ts";

/** A packet as tshark sees it. */
export interface DissectedPacket {
  readonly ethernetSource: string;
  /** Code of option 53. */
  readonly messageType: string;
  /** Warnings and errors of any dissector: malformed parts, bad checksums and the like. */
  readonly complaints: readonly string[];
}

/** A running tcpdump on an interface of this namespace. */
export class WireCapture implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #log = new LineLog();

  private constructor(interfaceName: string, readonly file: string) {
    // As root, tcpdump would become another user, who may not write here.
    const flags = ["-Z", "root", "--immediate-mode", "-U", "-w", file];
    this.#child = commandIn(HERE, ["tcpdump", "-n", "-i", interfaceName, ...flags, "udp"], {
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    this.#log.follow(this.#child.stderr);
  }

  /** Starts a capture and waits until it sees packets. */
  static async start(interfaceName: string, file: string): Promise<WireCapture> {
    const capture = new WireCapture(interfaceName, file);
    await waitUntil(
      () => capture.#log.lines.some((line) => line.includes("listening on")) || undefined,
      { what: "tcpdump", explain: () => capture.#log.tail() },
    );
    return capture;
  }

  /** Ends the capture. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#child.status;
    await this.#log.ended();
  }
}

const FIELDS = ["eth.src", "dhcp.option.dhcp", "_ws.expert.severity", "_ws.expert.message"];

/** Severity of warnings; notes, such as that options stand in `file`, are below, errors above. */
const WARNING = 0x600000;

/** Has tshark look at every packet of a capture with all its checks on. */
export async function dissect(file: string): Promise<readonly DissectedPacket[]> {
  const checks = ["udp.check_checksum:TRUE", "ip.check_checksum:TRUE"];
  const text = await runIn(
    HERE,
    ...["tshark", "-n", "-r", file, ...checks.flatMap((check) => ["-o", check])],
    ...["-T", "fields", "-E", "separator=/t", "-E", "aggregator=|"],
    ...FIELDS.flatMap((field) => ["-e", field]),
  );
  return text.split("\n").filter((line) => line !== "").map(readLine);
}

function readLine(line: string): DissectedPacket {
  const [ethernetSource = "", messageType = "", severities = "", messages = ""] = line.split("\t");
  const levels = severities.split("|").map(Number);
  const complaints = messages.split("|").filter((_, index) => (levels[index] ?? 0) >= WARNING);
  return { ethernetSource, messageType, complaints };
}
