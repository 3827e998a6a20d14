/** The documents for users. */

import { PROJECT } from "./project_path.ts";

/** The pages of a folder, by their paths in the project. */
export function pagesOf(folder: string): readonly string[] {
  return [...Deno.readDirSync(`${PROJECT}${folder}`)]
    .filter(({ name }) => name.endsWith(".md")).map(({ name }) => `${folder}${name}`).toSorted();
}

/** README, the page of the chart, and docs/: their paths in the project, and their texts. */
export function readDocuments(): readonly (readonly [page: string, text: string])[] {
  return ["README.md", "chart/README.md", ...pagesOf("docs/")]
    .map((page) => [page, Deno.readTextFileSync(`${PROJECT}${page}`)]);
}
