/** Which options a reply has room for, and in which field each goes (RFC 2132 section 9.3). */

import type { DhcpOption } from "../options/value_kind.ts";
import type { ReplyMessage, ReplyOption } from "./message.ts";
import { FILE_BYTES, SNAME_BYTES } from "./message_layout.ts";
import { OptionCode } from "../options/registry.ts";
import { encodedOptionBytes, encodedOptionsBytes, singleOptionsOf } from "./option_encoding.ts";
import { byImportance, dropRank } from "./size_limit.ts";
import { type Fields, type Rooms, spreadOptions } from "./spread.ts";

/** Which option goes into which field. */
export interface OptionLayout {
  readonly options: readonly ReplyOption[];
  readonly file: readonly DhcpOption[];
  readonly sname: readonly DhcpOption[];
  /** What the options field takes, without END. */
  readonly optionBytes: number;
  /** Options that the reply has no room for. */
  readonly leftOut: readonly DhcpOption[];
}

const NONE: readonly DhcpOption[] = [];
const IN_FILE = 1;
const IN_SNAME = 2;

/** Code, length, value. */
const OVERLOAD_OPTION_BYTES = 3;

/**
 * Distributes the options of a reply. When they are too many for the options field, those that
 * would be left out first go to the other fields, as far as these are free and the client can be
 * expected to look there. What has no room there either is left out. An option moves only in a
 * reply that carries more options for it.
 *
 * @param limitBytes Room in the options field, without END.
 */
export function layOutOptions(
  reply: Pick<ReplyMessage, "options" | "file" | "mayOverload">,
  limitBytes: number,
): OptionLayout {
  const optionBytes = encodedOptionsBytes(reply.options);
  if (optionBytes <= limitBytes) {
    return { options: reply.options, file: NONE, sname: NONE, optionBytes, leftOut: NONE };
  }
  const single = singleOptionsOf(reply.options);
  const rooms = reply.mayOverload ? roomsOf(reply, limitBytes) : undefined;
  const { kept, fields } = fitOptions(single, limitBytes, rooms);
  return {
    ...(fields === undefined ? { options: kept, file: NONE, sname: NONE } : markOverload(fields)),
    optionBytes: encodedOptionsBytes(fields === undefined ? kept : fields.options) +
      (fields === undefined ? 0 : OVERLOAD_OPTION_BYTES),
    leftOut: single.filter((option) => !kept.includes(option)),
  };
}

/** Each of the name fields keeps an octet for its own END. */
function roomsOf(reply: Pick<ReplyMessage, "file">, limitBytes: number): Rooms {
  return {
    options: limitBytes - OVERLOAD_OPTION_BYTES,
    file: reply.file.length === 0 ? FILE_BYTES - 1 : 0,
    sname: SNAME_BYTES - 1,
  };
}

/**
 * Keeps whole options, the most important first, each if there is room for it besides those that
 * are kept already. Those that a lease cannot do without stay even when they alone are too large.
 *
 * @param rooms Of the fields when they may be overloaded.
 * @returns The options in their order, and where they are if not all in the options field.
 */
function fitOptions(
  options: readonly DhcpOption[],
  limitBytes: number,
  rooms: Rooms | undefined,
): { readonly kept: readonly DhcpOption[]; readonly fields: Fields | undefined } {
  const chosen = new Set<DhcpOption>();
  let keptBytes = 0;
  let fields: Fields | undefined;
  // Beyond this, no arrangement helps, and to look for one takes long.
  const roomBytes = rooms === undefined ? limitBytes : rooms.options + rooms.file + rooms.sname;
  for (const option of byImportance(options)) {
    const bytes = encodedOptionBytes(option);
    if (keptBytes + bytes > limitBytes && dropRank(option.code) !== "never") {
      if (rooms === undefined || keptBytes + bytes > roomBytes) continue;
      const wanted = options.filter((other) => chosen.has(other) || other === option);
      const found = placeOptions(wanted, rooms);
      if (found === undefined) continue;
      fields = found;
    }
    chosen.add(option);
    keptBytes += bytes;
  }
  return { kept: options.filter((option) => chosen.has(option)), fields };
}

/** Whole options in each field if that is enough, else long ones in pieces. */
function placeOptions(options: readonly DhcpOption[], rooms: Rooms): Fields | undefined {
  return moveOptions(options, rooms) ?? spreadOptions(options, rooms);
}

/**
 * Moves options from the tail, to `file` and then to `sname`, until the rest fits.
 *
 * @returns `undefined` when that is not enough.
 */
function moveOptions(options: readonly DhcpOption[], rooms: Rooms): Fields | undefined {
  const left = [...options];
  const file: DhcpOption[] = [];
  const sname: DhcpOption[] = [];
  let missing = encodedOptionsBytes(options) - rooms.options;
  let { file: fileRoom, sname: snameRoom } = rooms;
  for (let i = left.length - 1; i >= 0 && missing > 0; i--) {
    const option = left[i]!;
    const bytes = encodedOptionBytes(option);
    if (dropRank(option.code) !== "first" || bytes > Math.max(fileRoom, snameRoom)) continue;
    if (bytes <= fileRoom) {
      file.unshift(option);
      fileRoom -= bytes;
    } else {
      sname.unshift(option);
      snameRoom -= bytes;
    }
    left.splice(i, 1);
    missing -= bytes;
  }
  return missing > 0 ? undefined : { options: left, file, sname };
}

/** Adds option 52 behind the message type, which stays first. */
function markOverload({ options, file, sname }: Fields): Fields {
  const value = (file.length > 0 ? IN_FILE : 0) | (sname.length > 0 ? IN_SNAME : 0);
  const overload = { code: OptionCode.overload, value: [value] };
  return { options: [...options.slice(0, 1), overload, ...options.slice(1)], file, sname };
}
