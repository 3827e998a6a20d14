/** The questions of an operator's day, asked with the commands of the documents. */

import assert from "node:assert/strict";
import { resolve } from "node:path";
import { type BrokenSite, kubectl, untilSaid, vmDhcp } from "./broken_site.ts";

const PROJECT = resolve(import.meta.dirname ?? ".", "../../..");

/** What each command has to answer, when everything has gone wrong that may. */
const ANSWERS: Readonly<Record<string, readonly RegExp[]>> = {
  // Which address it has, and when it asked last.
  "vm-dhcp explain vm test-vm": [
    /default\/test-vm has 192\.168\.48\.82/,
    /fa:cf:8e:50:82:fc last asked \d+ (?:s|min) ago/,
  ],
  "kubectl describe vmnetcfg test-vm": [/Allocated IP Address: +192\.168\.48\.82/],
  // Who holds it.
  "vm-dhcp explain address 192.168.48.82": [
    /the pool default\/ippool-1 binds 192\.168\.48\.82 to fa:cf:8e:50:82:fc of default\/test-vm/,
  ],
  "vm-dhcp explain mac fa:cf:8e:50:82:fc": [/default\/test-vm has 192\.168\.48\.82/],
  // Which unknown machines ask, and which other servers answer.
  "vm-dhcp explain pool default/ippool-1": [
    /unknown machines ask: .*52:54:00:48:16:02/,
    /another DHCP server, 192\.168\.48\.66/,
  ],
  "vm-dhcp explain network default/net-48": [
    /unknown machines ask: .*52:54:00:48:16:02/,
    /another DHCP server, 192\.168\.48\.66/,
  ],
  "vm-dhcp status": [/default\/ippool-1/],
};

/** Types each command that README.md and docs/explain.md have for these questions. */
export async function askQuestions(site: BrokenSite): Promise<void> {
  assert.deepEqual(await documentedCommands(), Object.keys(ANSWERS).sort());
  for (const [command, answers] of Object.entries(ANSWERS)) {
    const [program, ...args] = command.split(" ");
    const ask = () => program === "kubectl" ? kubectl(site, args) : vmDhcp(site, ...args);
    for (const answer of answers) await untilSaid(command, ask, answer);
  }
}

async function documentedCommands(): Promise<readonly string[]> {
  const readme = await Deno.readTextFile(`${PROJECT}/README.md`);
  const [, rows = ""] = /\n\| question \| command \|\n([^]*?)\n\n/.exec(readme) ?? [];
  const page = await Deno.readTextFile(`${PROJECT}/docs/explain.md`);
  const [, block = ""] = page.split("```\n");
  const inRows = [...rows.matchAll(/`((?:vm-dhcp|kubectl) [^`]+)`/g)].map(([, command]) =>
    command!
  );
  const inBlock = block.split("\n").map((line) => line.replace(/ *#.*/, "")).filter(Boolean);
  // `kubectl get` alone stands for one that the README has further up.
  const whole = [...inRows, ...inBlock].filter((command) => command !== "kubectl get");
  return [...new Set(whole)].sort();
}
