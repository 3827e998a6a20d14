/** Frames of a capture, and what is wrong with files that should have some. */

/** Link type of captures whose packets have Ethernet headers (tcpdump.org/linktypes.html). */
export const LINKTYPE_ETHERNET = 1;

/** A frame of a file. */
export interface CapturedFrame {
  /** Its place in the file, from 1, as Wireshark counts. */
  readonly number: number;
  readonly bytes: Uint8Array;
  /** Octets that it had on the wire. */
  readonly wireBytes: number;
}

/** A file that cannot be read, or not to its end. */
export class CaptureError extends Error {
  override readonly name = "CaptureError";
}

/** Longest frame that is believed: tcpdump takes no more of one. */
const FRAME_BYTES_MAX = 262_144;

/** @throws {CaptureError} when a frame has more octets than any has. */
export function requireFrameLength(number: number, bytes: number): void {
  if (bytes <= FRAME_BYTES_MAX) return;
  throw new CaptureError(`packet ${number} says that it has ${bytes} octets: the file is damaged`);
}

/** The error of a file that is shorter than it says. */
export function endsWithin(number: number): CaptureError {
  return new CaptureError(`the file ends in the middle of packet ${number}`);
}

/** The error of a capture of something else than Ethernet. */
export function otherLink(linkType: number): CaptureError {
  return new CaptureError(
    `the packets have no Ethernet headers (link type ${linkType}): capture on one interface, not on any`,
  );
}
