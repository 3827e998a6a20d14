/** Small files, small functions, functions that look like functions. */

import { isTest } from "./layers.ts";
import { projectPath } from "./project_path.ts";

const FILE_LINES_MAX = 300;
const FUNCTION_LINES_MAX = 60;

type FunctionNode =
  | Deno.lint.ArrowFunctionExpression
  | Deno.lint.FunctionDeclaration
  | Deno.lint.FunctionExpression;

function countLines(text: string): number {
  return text.trimEnd().split("\n").length;
}

export const fileSize: Deno.lint.Rule = {
  create(context) {
    return {
      Program(node) {
        const lines = countLines(context.sourceCode.text);
        if (lines <= FILE_LINES_MAX) return;
        context.report({
          node,
          message: `The file has ${lines} lines; ${FILE_LINES_MAX} is the limit`,
          hint: "Split it by purpose, one stage or one noun a file.",
        });
      },
    };
  },
};

/** Tests are left out: their functions are tables and the groups around them. */
export const functionSize: Deno.lint.Rule = {
  create(context) {
    if (isTest(projectPath(context.filename))) return {};

    function check(node: FunctionNode): void {
      const lines = countLines(context.sourceCode.getText(node));
      if (lines <= FUNCTION_LINES_MAX) return;
      context.report({
        node,
        message: `The function has ${lines} lines; ${FUNCTION_LINES_MAX} is the limit`,
        hint: "Give its parts names: branches in the caller, work in leaves.",
      });
    }

    return {
      ArrowFunctionExpression: check,
      FunctionDeclaration: check,
      FunctionExpression: check,
    };
  },
};

export const topLevelArrow: Deno.lint.Rule = {
  create(context) {
    function check(declaration: Deno.lint.Node | null): void {
      if (declaration?.type !== "VariableDeclaration") return;
      for (const { init } of declaration.declarations) {
        if (init?.type !== "ArrowFunctionExpression" && init?.type !== "FunctionExpression") {
          continue;
        }
        context.report({
          node: init,
          message: "A function at the top level is a function declaration",
          hint: "Write `function name() {}`.",
        });
      }
    }

    return {
      Program(node) {
        for (const statement of node.body) {
          check(statement.type === "ExportNamedDeclaration" ? statement.declaration : statement);
        }
      },
    };
  },
};
