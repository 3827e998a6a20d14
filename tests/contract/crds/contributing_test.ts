/** The steps of CONTRIBUTING.md lead to what is there for every option and field today. */

import assert from "node:assert/strict";
import { OptionCode, OPTIONS } from "../../../lib/dhcpv4/options/registry.ts";
import { PROJECT } from "../../lint/project_path.ts";
import { ipv4ConfigFields } from "../../support/apiserver/crds.ts";

const GUIDE = Deno.readTextFileSync(`${PROJECT}CONTRIBUTING.md`);

/** The numbered steps below a heading, each as the places that it names. */
function stepsOf(heading: string): readonly (readonly string[])[] {
  const section = GUIDE.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0];
  assert.ok(section !== undefined, `CONTRIBUTING.md has no section "${heading}"`);
  return section.split(/\n\d\. /).slice(1).map((step) =>
    [...step.split("\n\n")[0]!.matchAll(/`([\w./-]+\/[\w./-]*)`/g)].map(([, place]) => place!)
  );
}

/** The text of a file, or of all sources in a folder. */
function textOf(place: string): string {
  const path = `${PROJECT}${place}`;
  if (!place.endsWith("/")) return Deno.readTextFileSync(path);
  return [...Deno.readDirSync(path)]
    .filter(({ name }) => name.endsWith(".ts") && !name.endsWith("_test.ts"))
    .map(({ name }) => Deno.readTextFileSync(`${path}${name}`)).join("\n");
}

function mentions(place: string, word: string): boolean {
  const escaped = word.replaceAll(/[().]/g, "\\$&");
  return new RegExp(`(?<![\\w-])${escaped}(?![\\w-])`).test(textOf(place));
}

Deno.test("the steps to add an option find every option that the server sends", () => {
  const [table, values, docs] = stepsOf("To add a DHCP option");
  assert.ok(table?.includes("lib/dhcpv4/options/registry.ts"));
  assert.ok(docs?.includes("docs/answers.md"));
  for (const { code, name, setBy, sentTo } of OPTIONS) {
    // Option 52 is no content of a reply: wire/ adds it when it moves others.
    if (setBy === "pool" || sentTo === "nobody" || sentTo === "when needed") continue;
    const identifier = Object.entries(OptionCode).find(([, value]) => value === code)?.[0];
    assert.ok(
      values?.some((place) => mentions(place, `OptionCode.${identifier}`)),
      `option ${code} has its value in ${values?.join(" or ")}`,
    );
    assert.ok(mentions("docs/answers.md", name), `docs/answers.md has option ${code}`);
  }
  for (const place of docs!) assert.notEqual(textOf(place), "", place);
});

Deno.test("the steps to add a field find every field of spec.ipv4Config", () => {
  const [described, read, effects] = stepsOf("To add a field to IPPool");
  assert.deepEqual(described, [
    "crds/ippool.yaml",
    "docs/ippool.md",
    "examples/ippool-options.yaml",
  ]);
  for (const { name, path } of ipv4ConfigFields()) {
    for (const place of described) assert.ok(mentions(place, name), `${place} has ${path}`);
    assert.ok(read!.some((place) => mentions(place, `"${name}"`)), `${read} read ${path}`);
  }
  for (const place of effects!) assert.notEqual(textOf(place), "", place);
});
