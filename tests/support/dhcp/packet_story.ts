/** A server's own account of its clients' packets. */

import { waitUntil } from "../harness/wait_until.ts";

/** A packet that a server has handled. */
export interface ServedPacket {
  /** The time in milliseconds, by the clock of the server's log. */
  readonly atMs: number;
  readonly mac: string;
  /** Message, state of the client, outcome: `REQUEST renewing: ack`. */
  readonly text: string;
}

/** Reads the fields of a line about a packet. */
export function servedPacket(
  fields: Readonly<Record<string, unknown>>,
  atMs: number,
): ServedPacket {
  const { mac, type, state, outcome } = fields;
  const said = [type, state].filter((word) => word !== undefined).join(" ");
  return { atMs, mac: String(mac), text: `${said}: ${outcome}` };
}

/** The packets of a server, told as the lives of its clients. */
export abstract class PacketStory {
  /** All packets so far. */
  protected abstract served(): readonly ServedPacket[];

  /** The packets handled so far, of one client or of all. */
  packets(mac?: string): readonly ServedPacket[] {
    return this.served().filter((packet) => mac === undefined || packet.mac === mac);
  }

  /** The same in words; repetitions count once. */
  story(mac: string): readonly string[] {
    return this.packets(mac).map(({ text }) => text)
      .filter((text, index, all) => text !== all[index - 1]);
  }

  /** Waits for a packet of a client; a past one counts as well. */
  waitFor(mac: string, text: string, limitMs?: number): Promise<ServedPacket> {
    return waitUntil(() => this.packets(mac).find((packet) => packet.text === text), {
      what: `"${text}" of ${mac}`,
      explain: () => this.story(mac).join("\n"),
      ...(limitMs === undefined ? {} : { limitMs }),
    });
  }
}
