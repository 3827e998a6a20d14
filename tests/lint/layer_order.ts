/** Imports follow the table in `layers.ts`. */

import { dirname, resolve } from "node:path";
import { findLayerViolation, findPackageViolation } from "./layers.ts";
import { projectPath } from "./project_path.ts";

type Source = Deno.lint.Expression | Deno.lint.StringLiteral | null;

export const layerOrder: Deno.lint.Rule = {
  create(context) {
    const from = projectPath(context.filename);

    function check(node: Deno.lint.Node, source: Source, isTypeOnly = false): void {
      if (source?.type !== "Literal" || typeof source.value !== "string") return;
      const message = source.value.startsWith(".")
        ? findLayerViolation(from, projectPath(resolve(dirname(context.filename), source.value)))
        : findPackageViolation(from, source.value, isTypeOnly);
      if (message !== undefined) context.report({ node, message });
    }

    return {
      ImportDeclaration: (node) => check(node, node.source, node.importKind === "type"),
      ExportAllDeclaration: (node) => check(node, node.source),
      ExportNamedDeclaration: (node) => check(node, node.source),
      ImportExpression: (node) => check(node, node.source),
    };
  },
};
