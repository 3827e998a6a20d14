/** Imports follow the table in `layers.ts`. */

import { dirname, resolve } from "node:path";
import { findLayerViolation } from "./layers.ts";
import { projectPath } from "./project_path.ts";

type Source = Deno.lint.Expression | Deno.lint.StringLiteral | null;

export const layerOrder: Deno.lint.Rule = {
  create(context) {
    const from = projectPath(context.filename);

    function check(node: Deno.lint.Node, source: Source): void {
      if (source?.type !== "Literal" || typeof source.value !== "string") return;
      if (!source.value.startsWith(".")) return;
      const to = projectPath(resolve(dirname(context.filename), source.value));
      const message = findLayerViolation(from, to);
      if (message !== undefined) context.report({ node, message });
    }

    return {
      ImportDeclaration: (node) => check(node, node.source),
      ExportAllDeclaration: (node) => check(node, node.source),
      ExportNamedDeclaration: (node) => check(node, node.source),
      ImportExpression: (node) => check(node, node.source),
    };
  },
};
