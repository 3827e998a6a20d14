import { deepEqual, equal } from "node:assert/strict";
import { statusErrorOfObject, statusErrorOfResponse } from "./status_error.ts";

const REQUEST = "GET /api/v1/namespaces";

interface Case {
  readonly name: string;
  readonly code: number;
  readonly retryAfter?: string;
  readonly body: string;
  readonly gives: readonly [code: number, reason: string, message: string, wait?: number];
}

const CASES: readonly Case[] = [
  {
    name: "takes code, reason and message from a Status",
    code: 404,
    body: `{"kind":"Status","code":404,"reason":"NotFound","message":"pods \\"a\\" not found"}`,
    gives: [404, "NotFound", `pods "a" not found`],
  },
  {
    name: "fills in what a Status lacks from the HTTP status",
    code: 403,
    body: `{"kind":"Status"}`,
    gives: [403, "Forbidden", "the API server reported Forbidden (403)"],
  },
  {
    name: "repeats the beginning of a foreign body",
    code: 502,
    body: `<html>${"x".repeat(1000)}`,
    gives: [
      502,
      "Unknown",
      `${REQUEST} was answered with HTTP status 502: <html>${"x".repeat(194)}`,
    ],
  },
  {
    name: "does without any body",
    code: 500,
    body: "",
    gives: [500, "InternalError", `${REQUEST} was answered with HTTP status 500`],
  },
  {
    name: "takes JSON that is no object for a foreign body",
    code: 400,
    body: "null",
    gives: [400, "BadRequest", `${REQUEST} was answered with HTTP status 400: null`],
  },
  {
    name: "takes the wait from the header before that from the details",
    code: 429,
    retryAfter: "3",
    body: `{"kind":"Status","message":"busy","details":{"retryAfterSeconds":9}}`,
    gives: [429, "TooManyRequests", "busy", 3],
  },
  {
    name: "takes the wait from the details",
    code: 429,
    body: `{"kind":"Status","message":"busy","details":{"retryAfterSeconds":9}}`,
    gives: [429, "TooManyRequests", "busy", 9],
  },
  {
    name: "takes no wait from a header that is no number of seconds",
    code: 503,
    retryAfter: "Wed, 21 Oct 2015 07:28:00 GMT",
    body: "later",
    gives: [503, "ServiceUnavailable", `${REQUEST} was answered with HTTP status 503: later`],
  },
];

for (const { name, code, retryAfter = null, body, gives } of CASES) {
  Deno.test(`statusErrorOfResponse() ${name}`, () => {
    const error = statusErrorOfResponse({ request: REQUEST, code, retryAfter, body });
    deepEqual([error.code, error.reason, error.message], gives.slice(0, 3));
    equal(error.retryAfterSeconds, gives[3]);
  });
}

Deno.test("statusErrorOfObject() reads causes and survives what is no Status", () => {
  const details = { causes: [{ field: "spec.x", message: "no", reason: "Bad" }, 7, {}] };
  deepEqual(statusErrorOfObject({ code: 422, details }).causes, [
    { field: "spec.x", message: "no", reason: "Bad" },
    { field: "", message: "", reason: "" },
  ]);
  for (const nothing of [undefined, null, "x", [], { code: "410" }]) {
    equal(statusErrorOfObject(nothing).code, 500);
  }
});
