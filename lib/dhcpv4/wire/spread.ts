/** Long options in pieces that lie in several fields of one message (RFC 3396). */

import type { DhcpOption } from "../options/value_kind.ts";
import { encodedOptionBytes, encodedOptionsBytes, OPTION_BYTES_MAX } from "./option_encoding.ts";
import { dropRank } from "./size_limit.ts";

/** Single options, or pieces of them, by field. */
export type Fields = { readonly [field in Field]: readonly DhcpOption[] };

/** Octets for options in each field. */
export type Rooms = { readonly [field in Field]: number };

type Field = "options" | "file" | "sname";

/** A reader joins the pieces of an option in this order (RFC 3396). */
const FIELDS = ["options", "file", "sname"] as const;

/** From the field that fits the fewest options. */
const SMALLEST_FIRST = ["sname", "file", "options"] as const;

/** Code and length of a piece. */
const PIECE_HEADER_BYTES = 2;

/**
 * Options whose documents tell clients to join pieces, even when all fit into one: domain search
 * (RFC 3397), SIP servers (RFC 3361), routes (RFC 3442) and vendor-identifying options (RFC 3925).
 * Of other codes only values that have to come in pieces anyway are spread.
 */
const CODES_IN_PIECES: readonly number[] = [119, 120, 121, 124, 125, 249];

/** An option or its pieces, each with its field. */
type Placed = readonly (readonly [Field, DhcpOption])[];

/**
 * Spreads options over all fields: what may move lies whole in the smallest field that has room
 * for it, and values that may come in pieces fill what is left if they fit nowhere as a whole.
 *
 * @returns `undefined` when there is not enough room.
 */
export function spreadOptions(options: readonly DhcpOption[], rooms: Rooms): Fields | undefined {
  const movable = options.filter(({ code }) => dropRank(code) === "first");
  const fixed = options.filter((option) => !movable.includes(option));
  const left = { ...rooms, options: rooms.options - encodedOptionsBytes(fixed) };
  if (left.options < 0) return undefined;
  // Large ones first, as they have the least choice. Where that is in the way of what must stay
  // whole, values that may come in pieces come last.
  const bySize = movable.toSorted((a, b) => encodedOptionBytes(b) - encodedOptionBytes(a));
  const whole = bySize.filter((option) => !mayBeInPieces(option));
  const inPieces = bySize.filter(mayBeInPieces);
  const placed = place(bySize, left) ?? place([...whole, ...inPieces.reverse()], left);
  if (placed === undefined) return undefined;
  const all = options.flatMap((option) => placed.get(option) ?? [["options", option] as const]);
  const [inOptions, inFile, inSname] = FIELDS.map((field) =>
    all.filter(([where]) => where === field).map(([, piece]) => piece)
  );
  return { options: inOptions!, file: inFile!, sname: inSname! };
}

/** Places options in this order. @returns `undefined` when one has no room. */
function place(
  options: readonly DhcpOption[],
  rooms: Rooms,
): ReadonlyMap<DhcpOption, Placed> | undefined {
  const left: { [field in Field]: number } = { ...rooms };
  const placed = new Map<DhcpOption, Placed>();
  for (const option of options) {
    const whole = placeWhole(option, left);
    if (whole !== undefined) placed.set(option, whole);
  }
  for (const option of options) {
    if (placed.has(option)) continue;
    const pieces = placePieces(option, left);
    if (pieces === undefined) return undefined;
    placed.set(option, pieces);
  }
  return placed;
}

function mayBeInPieces({ code, value }: DhcpOption): boolean {
  return value.length > OPTION_BYTES_MAX || CODES_IN_PIECES.includes(code);
}

function placeWhole(option: DhcpOption, left: { [field in Field]: number }): Placed | undefined {
  const bytes = encodedOptionBytes(option);
  const field = SMALLEST_FIRST.find((field) => bytes <= left[field]);
  if (field === undefined) return undefined;
  left[field] -= bytes;
  return [[field, option] as const];
}

/** @returns `undefined` for an option that must stay whole, and when the fields are too small. */
function placePieces(option: DhcpOption, left: { [field in Field]: number }): Placed | undefined {
  if (!mayBeInPieces(option)) return undefined;
  const { code, value } = option;
  const pieces: (readonly [Field, DhcpOption])[] = [];
  let start = 0;
  for (const field of FIELDS) {
    const length = Math.min(value.length - start, valueBytesIn(left[field]));
    if (length <= 0) continue;
    const piece = { code, value: value.slice(start, start + length) };
    left[field] -= encodedOptionBytes(piece);
    pieces.push([field, piece]);
    start += length;
  }
  return start < value.length ? undefined : pieces;
}

/** The longest value that fits into so many octets, cut where an option has to be cut. */
function valueBytesIn(roomBytes: number): number {
  const pieceBytes = PIECE_HEADER_BYTES + OPTION_BYTES_MAX;
  const full = Math.floor(roomBytes / pieceBytes);
  const rest = roomBytes - full * pieceBytes - PIECE_HEADER_BYTES;
  return full * OPTION_BYTES_MAX + Math.max(0, rest);
}
