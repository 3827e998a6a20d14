/** Records the packets of an interface with dumpcap, and has tshark judge them. */

import { commandIn, HERE, runIn } from "../network/network_namespace.ts";
import { LineLog } from "../process/line_log.ts";
import { waitUntil } from "../harness/wait_until.ts";

/** A packet as tshark sees it. */
export interface DissectedPacket {
  readonly ethernetSource: string;
  /** Code of option 53. */
  readonly messageType: string;
  /** Warnings and errors of any dissector: malformed parts, bad checksums and the like. */
  readonly complaints: readonly string[];
}

/** What is captured. */
export interface CaptureOptions {
  readonly file: string;
  /** In the language of pcap-filter(7), such as `udp`. */
  readonly filter: string;
  /** The capture ends after this many packets of both directions; never when absent. */
  readonly packets?: number;
}

const COUNT_SECONDS_MAX = 10;

/** A running dumpcap on an interface of this namespace. */
export class WireCapture {
  readonly #child: Deno.ChildProcess;
  readonly #log = new LineLog();

  private constructor(interfaceName: string, { file, filter, packets }: CaptureOptions) {
    const end = packets === undefined
      ? []
      : ["-c", String(packets), "-a", `duration:${COUNT_SECONDS_MAX}`];
    const command = ["dumpcap", "-i", interfaceName, "-f", filter, ...end, "-w", file];
    this.#child = commandIn(HERE, command, {
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    this.#log.follow(this.#child.stderr);
  }

  /** Starts a capture and waits until it sees packets. */
  static async start(interfaceName: string, options: CaptureOptions): Promise<WireCapture> {
    const capture = new WireCapture(interfaceName, options);
    await waitUntil(
      () => capture.#log.lines.some((line) => line.startsWith("File: ")) || undefined,
      { what: "dumpcap", explain: () => capture.#log.tail() },
    );
    return capture;
  }

  /** Waits until the file has all the packets that were wanted, or no more can come. */
  async complete(): Promise<void> {
    await this.#child.status;
    await this.#log.ended();
  }

  /** Ends the capture; the file has everything that passed before. */
  async stop(): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.complete();
  }
}

const FIELDS = ["eth.src", "dhcp.option.dhcp", "_ws.expert.severity", "_ws.expert.message"];

/** Severity of warnings; notes, such as about options in `file`, are below it, errors above. */
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
