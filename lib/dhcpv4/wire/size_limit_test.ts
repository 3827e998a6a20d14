import assert from "node:assert/strict";
import type { DhcpOption } from "../options/value_kind.ts";
import { fitOptions, messageLimitBytes } from "./size_limit.ts";

function option(code: number, length: number): DhcpOption {
  return { code, value: new Uint8Array(length) };
}

Deno.test("messageLimitBytes() takes option 57 between 576 and the MTU, less the headers", () => {
  const cases = [
    [undefined, 1500, 548],
    [0, 1500, 548],
    [1, 1500, 548],
    [263, 1500, 548],
    [576, 1500, 548],
    [577, 1500, 549],
    [1472, 1500, 1444],
    [65535, 1500, 1472],
    [65535, 9000, 8972],
    [65535, 65536, 65507],
    [1472, 1280, 1252],
  ] as const;
  for (const [maximumMessageSize, mtuBytes, want] of cases) {
    const limit = messageLimitBytes(maximumMessageSize, mtuBytes);
    assert.equal(limit, want, `${maximumMessageSize} at MTU ${mtuBytes}`);
  }
});

Deno.test("fitOptions() drops whole options from the tail, what every client gets last", () => {
  const options = [
    option(53, 1),
    option(54, 4),
    option(51, 4),
    option(58, 4),
    option(59, 4),
    option(1, 4),
    option(119, 100),
    option(6, 8),
    option(42, 4),
    option(3, 4),
    option(61, 7),
    option(82, 6),
  ];
  const all = [53, 54, 51, 58, 59, 1, 119, 6, 42, 3, 61, 82];
  const cases: readonly (readonly [limitBytes: number, dropped: readonly number[]])[] = [
    [174, []],
    [173, [42]],
    [168, [42]],
    [167, [42, 119]],
    [66, [42, 119]],
    [65, [42, 119, 3]],
    [59, [42, 119, 3, 6]],
    [49, [42, 119, 3, 6, 59]],
    [43, [42, 119, 3, 6, 59, 58]],
    [37, [42, 119, 3, 6, 59, 58, 82]],
    [30, [42, 119, 3, 6, 59, 58, 82]],
    [29, [42, 119, 3, 6, 59, 58, 82, 61]],
    [0, [42, 119, 3, 6, 59, 58, 82, 61]],
    [-5, [42, 119, 3, 6, 59, 58, 82, 61]],
  ];
  for (const [limitBytes, dropped] of cases) {
    const want = all.filter((code) => !dropped.includes(code));
    assert.deepEqual(
      fitOptions(options, limitBytes).map(({ code }) => code),
      want,
      `${limitBytes}`,
    );
  }
});
