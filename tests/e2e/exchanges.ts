/** What clients and agents say to each other on the VM network, message by message. */

import { WireFields } from "./wire_fields.ts";

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

/** A host says that an address is its own. */
export interface Announcement {
  readonly atMs: number;
  readonly address: string;
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
  ...["udp.payload", "arp.opcode", "arp.src.proto_ipv4", "arp.dst.proto_ipv4"],
];

const FIRST_ARP_FIELD = FIELDS.indexOf("arp.opcode");

/** Follows what is said on an interface of this namespace. */
export class Overhearing implements AsyncDisposable {
  readonly #wire: WireFields;
  readonly #messages: Message[] = [];
  readonly #announcements: Announcement[] = [];
  #rows = 0;

  private constructor(wire: WireFields) {
    this.#wire = wire;
  }

  /** Starts to listen, and waits until it hears. */
  static async start(interfaceName: string): Promise<Overhearing> {
    const options = { filter: "udp port 67 or arp", fields: FIELDS };
    return new Overhearing(await WireFields.start(interfaceName, options));
  }

  /** What was said so far. */
  messages(): readonly Message[] {
    this.#read();
    return this.#messages;
  }

  /** The announcements of an address so far (RFC 5227 section 2.3). */
  announcements(address: string): readonly Announcement[] {
    this.#read();
    return this.#announcements.filter((each) => each.address === address);
  }

  #read(): void {
    const rows = this.#wire.rows(this.#rows);
    this.#rows += rows.length;
    for (const row of rows) {
      const isArp = (row[FIRST_ARP_FIELD] ?? "") !== "";
      if (isArp) this.#announcements.push(...readAnnouncement(row));
      else this.#messages.push(readMessage(row));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#wire[Symbol.asyncDispose]();
  }
}

function readAnnouncement(row: readonly string[]): readonly Announcement[] {
  const [opcode, address = "", target] = row.slice(FIRST_ARP_FIELD);
  return opcode === "1" && address === target ? [{ atMs: Number(row[0]) * 1000, address }] : [];
}

function readMessage(row: readonly string[]): Message {
  const [time, type = "", from = "", client = "", transaction = "", payload = ""] = row;
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
