import assert from "node:assert/strict";
import { consoleLines } from "./console_lines.ts";

const ERASED = "Press Ctrl-B..." + "\b \b".repeat(15);

const CASES: readonly (readonly [name: string, text: string, lines: readonly string[]])[] = [
  ["lines of a BIOS", "\x1bc\x1b[?7l\x1b[2J\x1b[0mSeaBIOS\r\n\r\n\r\nBooting\r\n", [
    "SeaBIOS",
    "Booting",
  ]],
  ["colours", "\x1b[0;1miPXE\x1b[0m -- \x1b[0;36mhttp\r\n://ipxe.org", [
    "iPXE -- http",
    "://ipxe.org",
  ]],
  ["a line that it has begun", "net0: 192.168.48", ["net0: 192.168.48"]],
  ["what it took back", `${ERASED}net0: open\r\n`, ["net0: open"]],
  ["a line that it wrote over", "  1%\r  2%\r\n", ["1%", "2%"]],
  ["modes of a screen", "\x1b[=3h\x1b[01;01H>>Start PXE\r\n", [">>Start PXE"]],
  ["nothing", "", []],
];

for (const [name, text, lines] of CASES) {
  Deno.test(`consoleLines() reads ${name}`, () => {
    assert.deepEqual(consoleLines(text), lines);
  });
}
