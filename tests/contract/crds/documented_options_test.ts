/** The table of options, the pages in docs/ and the definition of IPPool say the same. */

import assert from "node:assert/strict";
import { customOptionRefusal } from "../../../lib/dhcpv4/options/custom_options.ts";
import { type OptionDefinition, OPTIONS } from "../../../lib/dhcpv4/options/registry.ts";
import { ipv4ConfigFields } from "../../support/apiserver/crds.ts";
import { PROJECT } from "../../lint/project_path.ts";

const SOURCES = { server: "the server", client: "the client", relay: "the relay agent", pool: "" };

/** What this server may send, other than what a pool defines by code. */
const SENT = OPTIONS.filter(({ setBy, sentTo }) => setBy !== "pool" && sentTo !== "nobody");

function page(name: string): string {
  return Deno.readTextFileSync(`${PROJECT}docs/${name}`);
}

/** The line of an option in docs/answers.md. */
function lineOf({ code, name, setBy, sentTo, dropped }: OptionDefinition): string {
  const source = typeof setBy === "object" ? `\`${setBy.field}\`` : SOURCES[setBy];
  return `| ${code} | ${name} | ${source} | ${sentTo} | ${dropped} |`;
}

Deno.test("docs/answers.md has a line for every option that the server can set, and no other", () => {
  const lines = page("answers.md").split("\n").filter((line) => /^\| \d+ \|/.test(line));
  assert.deepEqual(lines, SENT.map(lineOf));
});

Deno.test("every option that the server can set is refused as one of the pool's own", () => {
  for (const { code } of SENT) assert.notEqual(customOptionRefusal(code), undefined, `${code}`);
});

Deno.test("docs/ippool.md says which codes a pool cannot define, and why", () => {
  const text = page("ippool.md");
  const reasons = [
    ["codes with a field", /field/],
    ["codes that the server sets itself", /by the server/],
    ["codes that only clients send", /by clients/],
  ] as const;
  for (const [what, reason] of reasons) {
    const codes = OPTIONS.map(({ code }) => code)
      .filter((code) => reason.test(customOptionRefusal(code) ?? ""));
    assert.ok(text.includes(`- ${what}: ${codes.join(", ")}`), `${what}: ${codes.join(", ")}`);
  }
});

Deno.test("docs/ippool.md names the option of every field that sets one", () => {
  const fields = ipv4ConfigFields().map(({ name }) => name);
  const rows = page("ippool.md").split("\n");
  for (const { code, setBy } of OPTIONS) {
    if (typeof setBy !== "object") continue;
    assert.ok(fields.includes(setBy.field), `${setBy.field} is a field`);
    const row = rows.find((line) => line.startsWith(`| \`${setBy.field}\` |`));
    assert.match(row ?? "", new RegExp(`\\b${code}\\b`), `option ${code} of ${setBy.field}`);
  }
});
