/**
 * Golden packets: `tests/testdata/packets/NAME.hex`. Lines `# key: value` describe the packet,
 * all other lines are its octets in hexadecimal, with any white space.
 */

import { frameOfHex } from "../../../lib/dhcpv4/trace/hex_frame.ts";

const FOLDER = new URL("../../testdata/packets/", import.meta.url);

/** A packet with its description. */
export interface HexPacket {
  /** File name without `.hex`. */
  readonly name: string;
  /** `source`, `client`, `situation`, `checksum`, `state`, `expect`. */
  readonly fields: ReadonlyMap<string, string>;
  readonly bytes: Uint8Array;
}

/**
 * Reads the text of a file.
 *
 * @throws {SyntaxError} when a line is neither a comment nor whole octets.
 */
function parseHexPacket(name: string, text: string): HexPacket {
  const fields = new Map<string, string>();
  for (const line of text.split("\n")) {
    const field = /^#\s*(\w+):\s*(.*)$/.exec(line);
    if (field !== null) fields.set(field[1]!, field[2]!);
  }
  const bytes = frameOfHex(text);
  if (bytes === undefined) {
    throw new SyntaxError(`Cannot read packet ${name}: expected comments and whole octets in hex`);
  }
  return { name, fields, bytes };
}

/** Reads one packet by its name. */
export function readHexPacket(name: string): HexPacket {
  return parseHexPacket(name, Deno.readTextFileSync(new URL(`${name}.hex`, FOLDER)));
}

/** Reads all packets that begin with the prefix, in the order of their names. */
export function readHexPackets(prefix = ""): readonly HexPacket[] {
  return Array.from(Deno.readDirSync(FOLDER), ({ name }) => name)
    .filter((name) => name.startsWith(prefix) && name.endsWith(".hex"))
    .sort()
    .map((name) => readHexPacket(name.slice(0, -".hex".length)));
}
