/** Amounts of memory and processor time (Kubernetes, "Quantity"). */

import type { TextRule } from "../field_reader.ts";

const BINARY = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const DECIMAL = ["k", "M", "G", "T", "P", "E"];
const SMALL = ["m", "u", "n"];

const QUANTITY = /^([0-9]+(?:\.[0-9]*)?|\.[0-9]+)([EPTGMk]i?|Ki|[mun]|[eE][-+]?[0-9]+)?$/;

/** A quantity as a number; of no more digits than are needed to compare two. */
export const QUANTITY_RULE: TextRule<number> = {
  expected: "a quantity such as 100m, 0.5 or 256Mi",
  parse(text) {
    const [, digits, unit = ""] = QUANTITY.exec(text) ?? [];
    return digits === undefined ? undefined : Number(digits) * factorOf(unit);
  },
};

function factorOf(unit: string): number {
  if (unit === "") return 1;
  if (BINARY.includes(unit)) return 1024 ** (BINARY.indexOf(unit) + 1);
  if (DECIMAL.includes(unit)) return 1000 ** (DECIMAL.indexOf(unit) + 1);
  if (SMALL.includes(unit)) return 1000 ** -(SMALL.indexOf(unit) + 1);
  return Number(`1${unit}`);
}
