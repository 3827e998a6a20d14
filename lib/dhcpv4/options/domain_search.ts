/** The domain search list of option 119 (RFC 3397): names of RFC 1035 with compression. */

import { listOf, type ValueKind } from "./value_kind.ts";

const LABEL_BYTES_MAX = 63;
const NAME_BYTES_MAX = 255;

/** Pointers have 14 bits (RFC 1035 section 4.1.4). */
const POINTER_MAX = 0x3fff;
const POINTER_MARK = 0xc000;

export const DOMAIN_NAMES: ValueKind<readonly string[]> = {
  lengths: listOf(1),
  encode: encodeDomainSearch,
  decode: (octets) => octets.length === 0 ? undefined : decodeDomainSearch(octets),
  // The root is a name without labels.
  format: (names) => names.map((name) => name || ".").join(", "),
};

/**
 * Writes the list. Names that cannot be written (an empty label, a label of more than 63 octets, a
 * name of more than 255) are left out rather than spoil the others.
 *
 * @param names Names such as `example.com`, with or without the dot at the end.
 * @returns The value of the option before it is cut into pieces; pointers count from its start,
 * across pieces (RFC 3397 section 2).
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * // The second name ends like the first, at octet 0.
 * deepEqual([...encodeDomainSearch(["a", "b.a"])], [1, 97, 0, 1, 98, 0xc0, 0]);
 * ```
 */
export function encodeDomainSearch(names: readonly string[]): Uint8Array {
  const bytes: number[] = [];
  const offsets = new Map<string, number>();
  for (const name of names) {
    const labels = labelsOf(name);
    if (labels !== undefined) writeName(labels, bytes, offsets);
  }
  return Uint8Array.from(bytes);
}

/**
 * Reads a list, for people.
 *
 * @returns The names, or `undefined` when the value is not a list of whole names. Pointers have to
 * go back, so that a value of any content is read in bounded time.
 */
export function decodeDomainSearch(value: Uint8Array): readonly string[] | undefined {
  const names: string[] = [];
  let at = 0;
  while (at < value.length) {
    const name = readName(value, at);
    if (name === undefined) return undefined;
    names.push(name.labels.join("."));
    at = name.end;
  }
  return names;
}

interface ReadName {
  readonly labels: readonly string[];
  /** Offset behind the name. */
  readonly end: number;
}

function readName(value: Uint8Array, start: number): ReadName | undefined {
  const labels: string[] = [];
  let nameBytes = 0;
  let end: number | undefined;
  let at = start;
  for (;;) {
    const length = value[at];
    if (length === undefined || nameBytes > NAME_BYTES_MAX) return undefined;
    if (length === 0) return { labels, end: end ?? at + 1 };
    if (length > LABEL_BYTES_MAX) {
      const pointer = ((length << 8) | (value[at + 1] ?? 0)) & POINTER_MAX;
      if (length < POINTER_MARK >>> 8 || at + 1 >= value.length || pointer >= at) return undefined;
      end ??= at + 2;
      at = pointer;
      nameBytes++;
      continue;
    }
    if (at + 1 + length > value.length) return undefined;
    labels.push(printable(value.subarray(at + 1, at + 1 + length)));
    nameBytes += 1 + length;
    at += 1 + length;
  }
}

function printable(label: Uint8Array): string {
  return String.fromCharCode(...label).replaceAll(/[^!-~]/g, "?");
}

/** @param offsets Where each name and each of its endings was written first. */
function writeName(
  labels: readonly string[],
  bytes: number[],
  offsets: Map<string, number>,
): void {
  for (let i = 0; i < labels.length; i++) {
    const ending = labels.slice(i).join(".").toLowerCase();
    const known = offsets.get(ending);
    if (known !== undefined) {
      const pointer = POINTER_MARK | known;
      bytes.push(pointer >>> 8, pointer & 255);
      return;
    }
    if (bytes.length <= POINTER_MAX) offsets.set(ending, bytes.length);
    const label = new TextEncoder().encode(labels[i]);
    bytes.push(label.length, ...label);
  }
  bytes.push(0);
}

function labelsOf(name: string): readonly string[] | undefined {
  const labels = name.replace(/\.$/, "").split(".");
  let nameBytes = 1;
  for (const label of labels) {
    const labelBytes = new TextEncoder().encode(label).length;
    if (labelBytes === 0 || labelBytes > LABEL_BYTES_MAX) return undefined;
    nameBytes += 1 + labelBytes;
  }
  return nameBytes > NAME_BYTES_MAX ? undefined : labels;
}
