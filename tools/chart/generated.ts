/** The parts of the chart that follow from others: the table of its README, and what its schema says. */

import { isJsonObject, type JsonObject } from "../../lib/base/json.ts";
import { type ChartValue, type Schema, valuesOf } from "./values_document.ts";

/** Files of the chart by their names. */
export interface ChartTexts {
  readonly "README.md": string;
  readonly "values.schema.json": string;
  readonly "values.yaml": string;
}

/** Around the tables of the README. */
const BEGIN = "<!-- Written by ./dev chart from values.yaml and values.schema.json -->\n";
const END = "<!-- End of what is written by ./dev chart -->\n";

/** The same files with all that follows from others up to date. */
export function withGenerated(texts: ChartTexts): ChartTexts {
  const schema: Schema = JSON.parse(texts["values.schema.json"]);
  const values = valuesOf(texts["values.yaml"], schema);
  return {
    ...texts,
    "README.md": withTables(texts["README.md"], values, schema),
    "values.schema.json": `${JSON.stringify(describe(schema, values, ""), null, 2)}\n`,
  };
}

/** Editors show the descriptions; the names are what helm prints when a key is none of them. */
function describe(schema: Schema, values: readonly ChartValue[], path: string): JsonObject {
  const description = values.find((value) => value.path === path)?.description;
  const described = description ? { description, ...without(schema, "description") } : schema;
  if (schema.properties === undefined) return described;
  const parts = Object.entries(schema.properties);
  const properties = Object.fromEntries(
    parts.map(([name, part]) => [
      name,
      describe(part, values, path === "" ? name : `${path}.${name}`),
    ]),
  );
  // Helm takes values away that are null: templates count on the others.
  const required = parts.filter(([, part]) => part.deprecated !== true && !isFree(part))
    .map(([name]) => name);
  return {
    ...without(described, "properties", "propertyNames", "required"),
    required,
    ...(schema.additionalProperties === false ? { propertyNames: { enum: namesOf(parts) } } : {}),
    properties,
  };
}

/** Those that have no effect come last. */
function namesOf(parts: readonly (readonly [string, Schema])[]): readonly string[] {
  const [current, old] = [false, true].map((isOld) =>
    parts.filter(([, part]) => (part.deprecated === true) === isOld).map(([name]) => name).sort()
  );
  return [...current!, ...old!];
}

/** Whether it is an object or a list of anything. */
function isFree({ type, properties }: Schema): boolean {
  return type === "array" || (type === "object" && properties === undefined);
}

function without(object: JsonObject, ...names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}

function withTables(readme: string, values: readonly ChartValue[], schema: Schema): string {
  const [before, rest] = readme.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) {
    throw new Error("chart/README.md lacks the lines around its tables");
  }
  const rows = values.filter(({ byDefault, description }) =>
    byDefault !== undefined || description !== ""
  ).map(({ path, byDefault, description }) =>
    `| \`${path}\` | ${byDefault === undefined ? "" : code(byDefault)} | ${cell(description)} |`
  );
  const old = [...deprecatedOf(schema, "")].map(([path, description]) =>
    `| \`${path}\` | ${cell(description)} |`
  );
  return [
    ...[before, BEGIN],
    "\n| value | default | meaning |\n|---|---|---|\n",
    ...rows.map((row) => `${row}\n`),
    "\nThese are accepted, because the values files of the Go program's chart have them, but have no effect:\n",
    "\n| value | why |\n|---|---|\n",
    ...old.map((row) => `${row}\n`),
    ...["\n", END, after],
  ].join("");
}

function* deprecatedOf(schema: Schema, prefix: string): Generator<readonly [string, string]> {
  for (const [name, part] of Object.entries(schema.properties ?? {})) {
    if (part.deprecated === true) yield [`${prefix}${name}`, part.description ?? ""];
    else if (isJsonObject(part.properties)) yield* deprecatedOf(part, `${prefix}${name}.`);
  }
}

function code(value: unknown): string {
  return `\`${JSON.stringify(value)}\``;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
