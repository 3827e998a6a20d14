import assert from "node:assert/strict";
import type { DhcpOption } from "../options/value_kind.ts";
import { byImportance, messageLimitBytes } from "./size_limit.ts";

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

Deno.test("byImportance() goes by rank, and within a rank by the order of the reply", () => {
  const codes = [53, 119, 58, 42, 61, 1, 3, 82].map((code) => option(code, 1));
  assert.deepEqual(byImportance(codes).map(({ code }) => code), [53, 1, 61, 82, 58, 3, 119, 42]);
});
