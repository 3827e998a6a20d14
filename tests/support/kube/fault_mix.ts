/** Everything that can happen to a request, in a mix that chance decides. */

import {
  closeAfterCommit,
  closeBeforeCommit,
  delay,
  type Fault,
  inPieces,
  inStream,
  proxyPage,
  refuse,
  resetAfterCommit,
  resetBeforeCommit,
  silence,
  silenceAfterCommit,
} from "../apiserver/api_faults.ts";
import { STREAM_FAULTS } from "../apiserver/faulty_stream.ts";

/** Lines of a stream that come before its fault, at most. */
const LINES_MAX = 10;
const DELAY_MS_MAX = 40;
/** Smaller than most characters' share of a line: some are split. */
const PIECE_BYTES_MAX = 7;

/** Draws a fault; `random` is uniform in [0, 1). */
export function drawFault(random: () => number): Fault {
  const below = (limit: number) => Math.floor(random() * limit);
  const makers: readonly (() => Fault)[] = [
    resetBeforeCommit,
    resetAfterCommit,
    closeBeforeCommit,
    closeAfterCommit,
    silence,
    silenceAfterCommit,
    () => delay(below(DELAY_MS_MAX)),
    () => refuse(410),
    () => refuse(429, { retryAfterSeconds: 1 + below(3) }),
    () => refuse(500),
    () => refuse(503, { retryAfterSeconds: 1 }),
    () => proxyPage(),
    () => inPieces(1 + below(PIECE_BYTES_MAX)),
    // These make half of the mix: a watch has more ways to go wrong than one answer.
    ...STREAM_FAULTS.map((fault) => () => inStream(below(LINES_MAX), fault)),
    ...STREAM_FAULTS.map((fault) => () => inStream(0, fault)),
  ];
  return makers[below(makers.length)]!();
}
