import { equal } from "node:assert/strict";
import { StatusError } from "../contract.ts";
import { retryDelayMs } from "./retry.ts";
import { TransportError } from "./transport/transport_error.ts";

function status(code: number, retryAfterSeconds?: number): StatusError {
  return new StatusError(code, "Whatever", "", [], retryAfterSeconds);
}

function transport(kind: TransportError["kind"]): TransportError {
  return new TransportError("GET /", kind, "");
}

const CASES: readonly (readonly [string, unknown, number, number | undefined])[] = [
  ["GET", status(429, 3), 0, 3000],
  ["GET", status(503, 3), 9, 3000],
  ["GET", status(503, 3), 10, undefined],
  ["GET", status(429, 3600), 0, 60_000],
  ["GET", status(429), 0, undefined],
  ["GET", status(500, 3), 0, undefined],
  ["PATCH", status(429, 3), 0, 3000],
  ["PATCH", status(503, 3), 0, undefined],
  ["DELETE", status(503, 3), 0, undefined],
  ["GET", transport("broken"), 0, 100],
  ["GET", transport("broken"), 1, undefined],
  ["POST", transport("broken"), 0, undefined],
  ["GET", transport("unreachable"), 0, undefined],
  ["GET", transport("timeout"), 0, undefined],
  ["GET", transport("aborted"), 0, undefined],
  ["GET", new TypeError("a bug"), 0, undefined],
];

for (const [method, error, retries, waitMs] of CASES) {
  const what = error instanceof StatusError
    ? `${error.code} with Retry-After ${error.retryAfterSeconds}`
    : error instanceof TransportError
    ? error.kind
    : String(error);
  Deno.test(`retryDelayMs() of ${method} after ${what}, retry ${retries}, is ${waitMs}`, () => {
    equal(retryDelayMs({ method, error, retries, waitedMs: 0, random: () => 0.5 }), waitMs);
  });
}

Deno.test("retryDelayMs() leaves it to the caller once the server has asked for a minute of waits", () => {
  const asked = { method: "GET", error: status(429, 20), retries: 1, random: () => 0.5 };
  equal(retryDelayMs({ ...asked, waitedMs: 40_000 }), 20_000);
  equal(retryDelayMs({ ...asked, waitedMs: 40_001 }), undefined);
});
