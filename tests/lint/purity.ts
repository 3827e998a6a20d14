/** The functional core stays pure, the runtime stays at the edges. */

import { projectPath } from "./project_path.ts";
import { findImpureMember, isEdge, isImpureCall, isImpureImport, isPure } from "./zones.ts";

const PURE_HINT = "Take the value, or a function that gives it, as a parameter.";

/** `new Date(text)` is pure; without arguments it reads the clock, and so does `Date()`. */
function readsTheClock(node: Deno.lint.CallExpression | Deno.lint.NewExpression): boolean {
  return node.type === "CallExpression" || node.arguments.length === 0;
}

export const pureZone: Deno.lint.Rule = {
  create(context) {
    if (!isPure(projectPath(context.filename))) return {};

    function report(node: Deno.lint.Node, what: string): void {
      context.report({ node, message: `${what} does not belong in pure code`, hint: PURE_HINT });
    }

    function checkCall(node: Deno.lint.CallExpression | Deno.lint.NewExpression): void {
      if (node.callee.type !== "Identifier" || !isImpureCall(node.callee.name)) return;
      if (node.callee.name === "Date" && !readsTheClock(node)) return;
      report(node, `${node.callee.name}()`);
    }

    function checkVariable(node: Deno.lint.Node): void {
      report(node, "A variable of the module");
    }

    return {
      CallExpression: checkCall,
      NewExpression: checkCall,
      'Program > VariableDeclaration[kind="let"]': checkVariable,
      'Program > ExportNamedDeclaration > VariableDeclaration[kind="let"]': checkVariable,
      'Program > VariableDeclaration > VariableDeclarator > NewExpression[callee.name="WeakMap"]':
        checkVariable,
      MemberExpression(node) {
        if (node.object.type !== "Identifier") return;
        const property = node.property.type === "Identifier" ? node.property.name : "[]";
        const impure = findImpureMember(node.object.name, property);
        if (impure !== undefined) report(node, impure);
      },
      ImportDeclaration(node) {
        if (node.importKind === "type") return;
        const specifier = node.source.value;
        const names = node.specifiers.map((item) =>
          item.type === "ImportSpecifier" && item.imported.type === "Identifier"
            ? item.imported.name
            : "*"
        );
        if (names.length === 0) names.push("*");
        const impure = names.find((name) => isImpureImport(specifier, name));
        if (impure !== undefined) report(node, `${impure} of ${specifier}`);
      },
    };
  },
};

export const denoAtEdges: Deno.lint.Rule = {
  create(context) {
    if (isEdge(projectPath(context.filename))) return {};

    function check(node: Deno.lint.Node, object: Deno.lint.Node): void {
      if (object.type !== "Identifier" || object.name !== "Deno") return;
      context.report({
        node,
        message: "Deno.* does not belong here",
        hint: "Use a contract of lib/kube or lib/sys, and let cmd/ pass the implementation.",
      });
    }

    return {
      MemberExpression: (node) => check(node, node.object),
      TSQualifiedName: (node) => check(node, node.left),
    };
  },
};

export const exitInMain: Deno.lint.Rule = {
  create(context) {
    if (projectPath(context.filename) === "main.ts") return {};
    return {
      'MemberExpression[object.name="Deno"][property.name="exit"]'(node: Deno.lint.Node) {
        context.report({
          node,
          message: "Only main.ts ends the process",
          hint: "Throw an error; a script of the tests sets Deno.exitCode.",
        });
      },
    };
  },
};
