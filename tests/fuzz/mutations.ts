/** Damage: what chance, a broken client or an enemy does to a packet. */

import { SeededRandom } from "./random.ts";
import type { Stimulus } from "./stimuli.ts";

/** Values of a length octet that parsers have stumbled over. */
export const EVIL_LENGTHS = [0, 1, 254, 255] as const;

const FRAME_BYTES_MAX = 1514;
const UDP_PAYLOAD_OFFSET = 42;

/** Puts a frame together. Lengths and checksums stay those of the head. */
export function assemble({ head, options, tail }: Stimulus): Uint8Array {
  let size = head.length + tail.length;
  for (const option of options) size += option.length;
  const frame = new Uint8Array(Math.min(size, FRAME_BYTES_MAX));
  let at = 0;
  for (const part of [head, ...options, tail]) {
    if (at >= frame.length) break;
    frame.set(part.subarray(0, frame.length - at), at);
    at += part.length;
  }
  return frame;
}

/** Makes lengths and the IPv4 checksum right again, so that damage behind them is reached. */
export function repair(frame: Uint8Array): Uint8Array {
  if (frame.length < UDP_PAYLOAD_OFFSET) return frame;
  setUint16(frame, 12, 0x0800);
  frame[14] = 0x45;
  setUint16(frame, 16, frame.length - 14);
  setUint16(frame, 20, 0);
  frame[23] = 17;
  setUint16(frame, 24, 0);
  setUint16(frame, 36, 67);
  setUint16(frame, 38, frame.length - 34);
  let sum = 0;
  for (let i = 14; i < 34; i += 2) sum += (frame[i]! << 8) | frame[i + 1]!;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  setUint16(frame, 24, sum ^ 0xffff);
  return frame;
}

function setUint16(frame: Uint8Array, offset: number, value: number): void {
  frame[offset] = value >>> 8;
  frame[offset + 1] = value & 255;
}

/** A damaged packet. Most of them are whole up to the message. */
export function mutate(stimulus: Stimulus, random: SeededRandom): Uint8Array {
  const options = stimulus.options.map((option) => option);
  if (random.oneIn(2)) rearrange(options, random);
  if (random.oneIn(4) && options.length > 0) options[0] = withEvilLength(options, random);
  let frame = assemble({ ...stimulus, options });
  for (let flips = random.below(8); flips > 0; flips--) {
    const bit = random.below(frame.length * 8);
    frame[bit >>> 3]! ^= 1 << (bit & 7);
  }
  if (random.oneIn(6)) frame = frame.slice(0, random.below(frame.length + 1));
  if (random.oneIn(50)) scramble(frame, random);
  return random.oneIn(10) ? frame : repair(frame);
}

/** Options twice, in another order, left out, or forty times. */
function rearrange(options: Uint8Array[], random: SeededRandom): void {
  if (options.length === 0) return;
  const from = random.below(options.length);
  const to = random.below(options.length);
  const option = options[from]!;
  switch (random.below(4)) {
    case 0:
      options.splice(to, 0, option);
      break;
    case 1:
      options[from] = options[to]!;
      options[to] = option;
      break;
    case 2:
      options.splice(from, 1);
      break;
    default:
      for (let i = 0; i < 40; i++) options.splice(to, 0, option);
  }
}

/** The first option with another length octet. */
function withEvilLength(options: readonly Uint8Array[], random: SeededRandom): Uint8Array {
  const option = options[0]!.slice();
  option[1] = random.pick(EVIL_LENGTHS);
  return option;
}

/** Any octets from some place on. */
function scramble(frame: Uint8Array, random: SeededRandom): void {
  for (let i = random.below(frame.length + 1); i < frame.length; i++) frame[i] = random.below(256);
}
