/** What clients and agents say to each other on the VM network, message by message. */

import { waitUntil } from "../support/harness/wait_until.ts";
import { commandIn, HERE } from "../support/network/network_namespace.ts";
import { LineLog } from "../support/process/line_log.ts";

/** A DHCP message that passed the bridge. */
export interface Message {
  readonly atMs: number;
  readonly type: "DISCOVER" | "OFFER" | "REQUEST" | "DECLINE" | "ACK" | "NAK" | "OTHER";
  /** Ethernet source: the client, or the agent that answered. */
  readonly from: string;
  /** MAC of the client that it is about. */
  readonly client: string;
  readonly transaction: string;
  /** The whole of the UDP payload, in hexadecimal digits. */
  readonly payload: string;
}

/** A question of a client, how often it was asked, and the first answer. */
export interface Exchange {
  readonly client: string;
  readonly question: "DISCOVER" | "REQUEST";
  readonly transmissions: number;
  readonly firstMs: number;
  /** Absent when there was none. */
  readonly answer?: Message;
}

/** By the values of option 53 (RFC 2132, 9.6). */
const TYPES = new Map<string, Message["type"]>([
  ["1", "DISCOVER"],
  ["2", "OFFER"],
  ["3", "REQUEST"],
  ["4", "DECLINE"],
  ["5", "ACK"],
  ["6", "NAK"],
]);

const ANSWERS: Readonly<Record<Exchange["question"], readonly Message["type"][]>> = {
  DISCOVER: ["OFFER"],
  REQUEST: ["ACK", "NAK"],
};

const FIELDS = [
  ...["frame.time_epoch", "dhcp.option.dhcp", "eth.src", "dhcp.hw.mac_addr", "dhcp.id"],
  "udp.payload",
];

/** Follows what is said on an interface of this namespace. */
export class Overhearing implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #lines = new LineLog();
  readonly #errors = new LineLog();
  /** Those that are read; lines come faster than they are asked for. */
  readonly #messages: Message[] = [];

  private constructor(interfaceName: string) {
    const fields = FIELDS.flatMap((field) => ["-e", field]);
    const output = ["-l", "-T", "fields", "-E", "separator=/t", "-E", "occurrence=f", ...fields];
    const command = ["tshark", "-n", "-i", interfaceName, "-f", "udp port 67", ...output];
    this.#child = commandIn(HERE, command, {
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#lines.follow(this.#child.stdout);
    this.#errors.follow(this.#child.stderr);
  }

  /** Starts to listen, and waits until it hears. */
  static async start(interfaceName: string): Promise<Overhearing> {
    const overhearing = new Overhearing(interfaceName);
    await waitUntil(
      () => overhearing.#errors.lines.some((line) => line.startsWith("Capturing")) || undefined,
      { what: "tshark", explain: () => overhearing.#errors.tail() },
    );
    return overhearing;
  }

  /** What was said so far. */
  messages(): readonly Message[] {
    const { lines } = this.#lines;
    for (let i = this.#messages.length; i < lines.length; i++) {
      this.#messages.push(readMessage(lines[i]!));
    }
    return this.#messages;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#child.status;
    await Promise.all([this.#lines.ended(), this.#errors.ended()]);
  }
}

function readMessage(line: string): Message {
  const [time, type = "", from = "", client = "", transaction = "", payload = ""] = line.split(
    "\t",
  );
  return {
    atMs: Number(time) * 1000,
    type: TYPES.get(type) ?? "OTHER",
    from,
    client,
    transaction,
    payload,
  };
}

/** Puts questions and answers together, in the order in which they ended. */
export function exchangesOf(messages: readonly Message[]): readonly Exchange[] {
  const open = new Map<string, Exchange>();
  const done: Exchange[] = [];
  for (const message of messages) {
    const { client, type, atMs } = message;
    const asked = open.get(client);
    if (type === "DISCOVER" || type === "REQUEST") {
      const again = asked?.question === type;
      if (asked !== undefined && !again) done.push(asked);
      open.set(client, {
        client,
        question: type,
        transmissions: again ? asked.transmissions + 1 : 1,
        firstMs: again ? asked.firstMs : atMs,
      });
    } else if (asked !== undefined && ANSWERS[asked.question].includes(type)) {
      open.delete(client);
      done.push({ ...asked, answer: message });
    }
  }
  return [...done, ...open.values()];
}
