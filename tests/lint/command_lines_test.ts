/** Every command line of the documents is one that the program takes. */

import assert from "node:assert/strict";
import { commandLinesOf, faultOf } from "./command_lines.ts";
import { readDocuments } from "./read_documents.ts";

async function faultsIn(text: string): Promise<readonly string[]> {
  const faults = [];
  for (const line of commandLinesOf(text)) {
    const fault = await faultOf(line);
    if (fault !== undefined) faults.push(`${line.text}: ${fault}`);
  }
  return faults;
}

Deno.test("the program takes every command line of the documents", async () => {
  const faults = [];
  let lines = 0;
  for (const [page, text] of readDocuments()) {
    lines += commandLinesOf(text).length;
    faults.push(...(await faultsIn(text)).map((fault) => `${page}: ${fault}`));
  }
  assert.ok(lines > 100, `the documents have ${lines} command lines: look at the pattern`);
  assert.deepEqual(faults, []);
});

Deno.test("a command line that the program does not take is noticed", async () => {
  const text = [
    "`vm-dhcp explian x`, `vm-dhcp agent --wait 30s`, vm-dhcp serves",
    "```",
    "vm-dhcp status --htp X | vm-dhcp crds",
    "kubectl vmdhcp explain machine web   # a comment",
    "vm-dhcp agent --nic eth1",
    "vm-dhcp standalone --http nowhere --data-dir DIR &",
    "vm-dhcp crds now > crds.yaml",
    "```",
  ].join("\n");
  assert.deepEqual((await faultsIn(text)).map((fault) => fault.replace(/^[^:]*: /, "")), [
    "there is no command explian",
    "unknown flag --htp, did you mean --http?",
    "explain does not know machine",
    "flag --ippool NAMESPACE/NAME is required",
    'flag --http: "nowhere" is not of the form ADDR:PORT with an IPv4 address and a port up to 65535',
    "crds takes no word such as now",
  ]);
});
