/** Documents that show the way around name files that exist. */

import assert from "node:assert/strict";
import { PROJECT } from "./project_path.ts";

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
