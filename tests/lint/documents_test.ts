/** Documents that show the way around name files that exist. */

import assert from "node:assert/strict";
import { PROJECT } from "./project_path.ts";
import { pagesOf } from "./read_documents.ts";

const DOCUMENTS = ["docs/architecture.md", "CONTRIBUTING.md", "README.md"];

/** A path below a folder of the sources; a trailing slash marks a folder. */
const PATH =
  /(?<![\w./-])(?:lib|cmd|tests|tools|crds|examples|docs)\/(?:[\w.-]+\/)*(?:[\w-]+\.\w+)?/g;

/** What the document says is not there yet. */
function withoutPlans(text: string): string {
  return text.replace(/^## What comes$[^]*?(?=^## |$(?![^]))/m, "");
}

function pathsOf(text: string): readonly string[] {
  return [...new Set(withoutPlans(text).match(PATH) ?? [])];
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(`${PROJECT}${path}`);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

for (const document of DOCUMENTS) {
  Deno.test(`${document} names only files and folders that exist`, async () => {
    const paths = pathsOf(await Deno.readTextFile(`${PROJECT}${document}`));
    const missing = [];
    for (const path of paths) if (!await exists(path)) missing.push(path);
    assert.ok(paths.length > 3, "the document names no paths: look at the pattern");
    assert.deepEqual(missing, []);
  });
}

Deno.test("a path that does not exist is noticed, unless it is among what comes", () => {
  const text =
    "See `lib/net/nowhere.ts`.\n\n## What comes\n\n`lib/webhook/`\n\n## More\n\n`lib/gone/`";
  assert.deepEqual(pathsOf(text), ["lib/net/nowhere.ts", "lib/gone/"]);
});

/** Where the links of a page lead to within the project: a path, and a heading if one is named. */
function linksOf(page: string, text: string): readonly { path: string; heading?: string }[] {
  const prose = text.replace(/^```[^]*?^```$/gm, "");
  const targets = [...prose.matchAll(/\]\((?!\w+:)([^)\s]*)\)/g)].map(([, target]) => target!);
  return targets.map((target) => {
    const { pathname, hash } = new URL(target, `file:///${page}`);
    const heading = hash === "" ? {} : { heading: decodeURIComponent(hash.slice(1)) };
    return { path: pathname.slice(1), ...heading };
  });
}

/** What a link names the headings of a page by, as GitHub makes it. */
function headingsOf(text: string): ReadonlySet<string> {
  const prose = text.replace(/^```[^]*?^```$/gm, "");
  return new Set(
    [...prose.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
      heading!.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").replace(/ /g, "-")
    ),
  );
}

/** What is wrong with the links of a page. */
async function brokenLinks(page: string, text: string): Promise<readonly string[]> {
  const broken = [];
  for (const { path, heading } of linksOf(page, text)) {
    if (!await exists(path)) broken.push(`${page}: ${path}`);
    else if (heading !== undefined) {
      const target = path === page ? text : await Deno.readTextFile(`${PROJECT}${path}`);
      if (!headingsOf(target).has(heading)) broken.push(`${page}: ${path}#${heading}`);
    }
  }
  return broken;
}

Deno.test("every link of the documents leads to a file and a heading that exist", async () => {
  const pages = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "chart/README.md"]
    .concat(pagesOf("docs/"), pagesOf("docs/adr/"));
  const broken = [];
  for (const page of pages) {
    broken.push(...await brokenLinks(page, await Deno.readTextFile(`${PROJECT}${page}`)));
  }
  assert.deepEqual(broken, []);
});

Deno.test("a link that leads nowhere is noticed", async () => {
  const text =
    "# A `b` c\n[a](#a-b-c) [b](#a) [c](../README.md#install) [d](gone.md) [e](https://x/y)";
  assert.deepEqual(await brokenLinks("docs/report.md", text), [
    "docs/report.md: docs/report.md#a",
    "docs/report.md: docs/gone.md",
  ]);
});

Deno.test("docs/README.md leads to every page of docs/", async () => {
  const index = "docs/README.md";
  const text = await Deno.readTextFile(`${PROJECT}${index}`);
  const linked = new Set(linksOf(index, text).map(({ path }) => path));
  assert.deepEqual(pagesOf("docs/").filter((page) => page !== index && !linked.has(page)), []);
});

Deno.test("docs/troubleshooting.md names only checks that explain has", async () => {
  const codesOf = async (page: string) =>
    new Set((await Deno.readTextFile(`${PROJECT}${page}`)).match(/`[A-Z]+(?:_[A-Z]+)+`/g));
  const known = await codesOf("docs/explain.md");
  const named = await codesOf("docs/troubleshooting.md");
  assert.ok(named.size > 10, "it names no checks: look at the pattern");
  assert.deepEqual([...named].filter((code) => !known.has(code)), []);
});
