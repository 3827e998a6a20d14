import assert from "node:assert/strict";
import { eventObjectOf } from "./event_object.ts";

const ORIGIN = {
  reportingInstance: "host",
  nowMs: 1_000_000_000_000,
  salt: 7,
  repetitions: { count: 1, lastTimestamp: "2001-09-09T01:46:40Z" },
};

function nameFor(name: string): string {
  const regarding = { apiVersion: "v1", kind: "ConfigMap", metadata: { name } };
  const event = { type: "Normal" as const, reason: "Done", note: "", regarding };
  return eventObjectOf(event, ORIGIN).metadata.name;
}

/** RFC 1123 as Kubernetes has it. */
function isSubdomain(name: string): boolean {
  return name.length <= 253 &&
    name.split(".").every((label) => /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(label));
}

const CASES: readonly (readonly [name: string, prefix: string])[] = [
  ["web-1.lab", "web-1.lab"],
  ["a".repeat(253), "a".repeat(220)],
  [`${"a".repeat(219)}-b`, "a".repeat(219)],
  [`${"a".repeat(218)}--b`, "a".repeat(218)],
  [`${"a".repeat(219)}.b`, "a".repeat(219)],
  ["Web_1", "web.1"],
  ["-a-..b-", "a.b"],
  ["a:b/c d", "a.b.c.d"],
  ["語", "object"],
  ["", "object"],
];

for (const [name, prefix] of CASES) {
  Deno.test(`the Event about ${JSON.stringify(name.slice(-8))} (${name.length} characters) has a valid name`, () => {
    assert.equal(nameFor(name), `${prefix}.e8d4a5100000000007`);
    assert.ok(isSubdomain(nameFor(name)));
  });
}
