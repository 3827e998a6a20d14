/** The metrics and labels that an expression of PromQL names. */

/** A metric in an expression, with the labels that it is chosen by. */
export interface NamedMetric {
  readonly name: string;
  readonly labels: readonly string[];
}

/** What an expression names. */
export interface PromqlNames {
  readonly metrics: readonly NamedMetric[];
  /** Labels by which series are grouped or joined. */
  readonly grouping: readonly string[];
}

const OPERATORS = ["and", "or", "unless", "bool", "offset"];

/** Finds the names in an expression that promtool accepts; variables of Grafana may be in it. */
export function namesIn(expr: string): PromqlNames {
  const grouping: string[] = [];
  const bare = expr
    .replaceAll(/"[^"]*"/g, '""')
    .replaceAll(/\[[^\]]*\]/g, "")
    .replaceAll(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g, (_, list) => {
      grouping.push(...wordsIn(list));
      return "";
    });
  const named = /(?<![\w$])([a-zA-Z_:][\w:]*)\s*(\{[^}]*\}|\()?/g;
  const metrics = [...bare.matchAll(named)]
    .filter(([, name, after]) => after !== "(" && !OPERATORS.includes(name!))
    .map(([, name, after = ""]) => ({ name: name!, labels: wordsIn(after) }));
  return { metrics, grouping };
}

function wordsIn(text: string): readonly string[] {
  return text.match(/\w+/g) ?? [];
}
