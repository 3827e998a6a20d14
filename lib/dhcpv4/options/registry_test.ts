import assert from "node:assert/strict";
import { customOptionRefusal } from "./custom_options.ts";
import { encodeOption, formatOption, OptionCode, optionOfCode, OPTIONS } from "./registry.ts";

/** Words of names that identifiers of options do without. */
const SILENT_WORDS = ["DHCP", "option"];

/** The identifier that belongs to a name: "interface MTU" is `interfaceMtu`. */
function identifierOf(name: string): string {
  const [, head, note = ""] = /^([^()]+?)(?: \((\w+)\))?$/.exec(name.replace(/\(T[12]\) /, ""))!;
  const words = `${note} ${head}`.split(/[ -]/).filter((word) =>
    !["", ...SILENT_WORDS].includes(word)
  );
  return words.map((word, i) =>
    i === 0 ? word.toLowerCase() : word[0]!.toUpperCase() + word.slice(1).toLowerCase()
  ).join("");
}

Deno.test("OPTIONS has each code once, in ascending order", () => {
  const codes = OPTIONS.map(({ code }) => code);
  assert.deepEqual(codes, [...new Set(codes)].sort((a, b) => a - b));
  assert.ok(codes.every((code) => code > 0 && code < 255));
});

Deno.test("OPTIONS names each option once and cites what defines it", () => {
  assert.equal(new Set(OPTIONS.map(({ name }) => name)).size, OPTIONS.length);
  for (const { code, name, rfc } of OPTIONS) {
    assert.match(name, /^[A-Za-z][-A-Za-z0-9 ()]+$/, `${code}`);
    assert.match(rfc, /^(RFC \d{4}(, \d(\.\d+)?)?|draft-[-a-z0-9]+|https:\/\/\S+)$/, `${code}`);
    // RFC 2132 ends with code 76, and those from 224 on are private.
    assert.equal(rfc.startsWith("RFC 2132, "), code <= 76, `${code}`);
  }
});

Deno.test("OptionCode calls options by their names in the table", () => {
  const { pad: _pad, end: _end, ...codes } = OptionCode;
  for (const [identifier, code] of Object.entries(codes)) {
    assert.equal(identifierOf(optionOfCode(code)!.name), identifier);
  }
});

Deno.test("customOptionRefusal() refuses every option that the pool does not set, and no other", () => {
  for (const { code, setBy } of OPTIONS) {
    assert.equal(customOptionRefusal(code, 1) === undefined, setBy === "pool", `${code}`);
  }
});

Deno.test("OPTIONS drops what a client cannot do without last or never", () => {
  for (const { code, setBy, sentTo, dropped } of OPTIONS) {
    if (sentTo === "everybody") assert.notEqual(dropped, "first", `${code}`);
    if (sentTo.startsWith("ask") || sentTo === "nobody") assert.equal(dropped, "first", `${code}`);
    if (sentTo === "echo" && setBy !== "server") assert.equal(dropped, "last", `${code}`);
  }
});

Deno.test("formatOption() shows nothing of a value that its option cannot have", () => {
  assert.equal(formatOption(OptionCode.router, Uint8Array.of(1, 2, 3)), undefined);
  assert.equal(formatOption(224, Uint8Array.of(1)), undefined);
  const { value } = encodeOption(OptionCode.ipAddressLeaseTime, 0xffffffff);
  assert.equal(formatOption(OptionCode.ipAddressLeaseTime, Uint8Array.from(value)), "for ever");
});
