/** Options in the fields `file` and `sname`, when the options field is full (RFC 2132 section 9.3). */

import type { DhcpOption } from "../options/value_kind.ts";
import type { ReplyMessage, ReplyOption } from "./message.ts";
import { FILE_BYTES, SNAME_BYTES } from "./message_layout.ts";
import { OptionCode } from "../options/registry.ts";
import { encodedOptionBytes, encodedOptionsBytes, singleOptionsOf } from "./option_encoding.ts";
import { dropRank, fitOptions } from "./size_limit.ts";

/** Which option goes into which field. */
export interface OptionLayout {
  readonly options: readonly ReplyOption[];
  readonly file: readonly DhcpOption[];
  readonly sname: readonly DhcpOption[];
  /** What the options field takes, without END. */
  readonly optionBytes: number;
}

/** Single options, of which some may be left out yet. */
type Fields = { readonly [field in "options" | "file" | "sname"]: readonly DhcpOption[] };

const NONE: readonly DhcpOption[] = [];
const IN_FILE = 1;
const IN_SNAME = 2;

/** Code, length, value. */
const OVERLOAD_OPTION_BYTES = 3;

/**
 * Distributes the options of a reply. When they are too many, those that would be left out first
 * move to the other fields, whole, as far as these are free and the client can be expected to look
 * there; what still does not fit is left out.
 *
 * @param limitBytes Room in the options field, without END.
 */
export function layOutOptions(reply: ReplyMessage, limitBytes: number): OptionLayout {
  const optionBytes = encodedOptionsBytes(reply.options);
  if (optionBytes <= limitBytes) {
    return { options: reply.options, file: NONE, sname: NONE, optionBytes };
  }
  const single = singleOptionsOf(reply.options);
  const moved = reply.mayOverload
    ? moveOptions(reply, single, optionBytes - limitBytes)
    : undefined;
  const { options, file, sname } = moved ?? { options: single, file: NONE, sname: NONE };
  const fitting = fitOptions(options, limitBytes);
  return { options: fitting, file, sname, optionBytes: encodedOptionsBytes(fitting) };
}

/** @returns `undefined` when no option could be moved. */
function moveOptions(
  reply: ReplyMessage,
  single: readonly DhcpOption[],
  excessBytes: number,
): Fields | undefined {
  const options = [...single];
  const file: DhcpOption[] = [];
  const sname: DhcpOption[] = [];
  // Each field keeps an octet for its own END.
  let fileRoom = reply.file.length === 0 ? FILE_BYTES - 1 : 0;
  let snameRoom = SNAME_BYTES - 1;
  let missing = excessBytes + OVERLOAD_OPTION_BYTES;
  for (let i = options.length - 1; i >= 0 && missing > 0; i--) {
    const option = options[i]!;
    const bytes = encodedOptionBytes(option);
    if (dropRank(option.code) !== "first" || bytes > Math.max(fileRoom, snameRoom)) continue;
    if (bytes <= fileRoom) {
      file.unshift(option);
      fileRoom -= bytes;
    } else {
      sname.unshift(option);
      snameRoom -= bytes;
    }
    options.splice(i, 1);
    missing -= bytes;
  }
  const fields = (file.length > 0 ? IN_FILE : 0) | (sname.length > 0 ? IN_SNAME : 0);
  if (fields === 0) return undefined;
  // Behind the message type, which stays first.
  options.splice(1, 0, { code: OptionCode.overload, value: [fields] });
  return { options, file, sname };
}
