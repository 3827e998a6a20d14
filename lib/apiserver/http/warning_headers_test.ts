import assert from "node:assert/strict";
import { warningHeaders } from "./warning_headers.ts";

Deno.test("warningHeaders() quotes sentences", () => {
  assert.deepEqual(warningHeaders(['unknown field "a"', "b"]), [
    '299 - "unknown field \\"a\\""',
    '299 - "b"',
  ]);
});

Deno.test("warningHeaders() writes what no header may hold as escapes", () => {
  const [header] = warningHeaders(["é\n\u{1f600}\x7f"]);
  assert.equal(header, '299 - "\\u00e9\\n\\ud83d\\ude00\\u007f"');
  assert.equal(JSON.parse(header.slice("299 - ".length)), "é\n\u{1f600}\x7f");
});

Deno.test("warningHeaders() stops before the headers become too long to be read", () => {
  const headers = warningHeaders(Array.from({ length: 10_000 }, (_, i) => `field ${i}`));
  assert.equal(headers.length, 50);
  const long = warningHeaders(Array.from({ length: 50 }, () => "x".repeat(200)));
  assert.ok(long.length > 10 && long.join("").length <= 4096);
});
