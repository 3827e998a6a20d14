/** Shared things exist once: no cycles between files, no second copy of what `lib/base` has. */

import { isTest, isWithin } from "./layers.ts";
import { findCycle } from "./import_graph.ts";
import { PROJECT, projectPath } from "./project_path.ts";

const BASE = "lib/base";

export const importCycle: Deno.lint.Rule = {
  create(context) {
    const path = projectPath(context.filename);
    if (isTest(path)) return {};
    return {
      Program(node) {
        const cycle = findCycle(path, context.sourceCode.text);
        if (cycle === undefined) return;
        context.report({
          node,
          message: `The file imports itself: ${cycle.join(" -> ")}`,
          hint: "Move what both need into a file below them.",
        });
      },
    };
  },
};

/** Names that the files of `lib/base` export, and the file of each. */
function namesOfBase(
  folder = BASE,
  names = new Map<string, string>(),
): ReadonlyMap<string, string> {
  for (const { name: entry, isDirectory } of Deno.readDirSync(`${PROJECT}${folder}`)) {
    const path = `${folder}/${entry}`;
    if (isDirectory) namesOfBase(path, names);
    if (!entry.endsWith(".ts") || isTest(path)) continue;
    const declarations = Deno.readTextFileSync(`${PROJECT}${path}`).matchAll(
      /^export (?:abstract |async )*(?:class|const|function\*?|interface|type) (\w+)/gm,
    );
    for (const [, name] of declarations) names.set(name!, path);
  }
  return names;
}

export const secondOfBase: Deno.lint.Rule = {
  create(context) {
    const path = projectPath(context.filename);
    if (isTest(path) || isWithin(path, BASE)) return {};
    const names = namesOfBase();

    function check(node: Deno.lint.Node, name: string | undefined): void {
      const place = name === undefined ? undefined : names.get(name);
      if (place === undefined) return;
      context.report({
        node,
        message: `${name} exists already in ${place}`,
        hint: "Import it, or give another thing another name.",
      });
    }

    return {
      ClassDeclaration: (node) => check(node, node.id?.name),
      FunctionDeclaration: (node) => check(node, node.id?.name),
      TSInterfaceDeclaration: (node) => check(node, node.id.name),
      TSTypeAliasDeclaration: (node) => check(node, node.id.name),
    };
  },
};
