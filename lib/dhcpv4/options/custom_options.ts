/** Which options a pool may define by code and octets, and why not the others. */

import { optionOfCode } from "./registry.ts";

/**
 * Why a pool cannot define this option.
 *
 * @param code The code of the option.
 * @param valueBytes Octets of its value, when it is known.
 * @returns The reason as the rest of a sentence about the option, or `undefined` when it can.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * equal(customOptionRefusal(26), "is sent from the field mtu: set that instead");
 * equal(customOptionRefusal(252), undefined);
 * ```
 */
export function customOptionRefusal(code: number, valueBytes?: number): string | undefined {
  if (!Number.isInteger(code) || code < 1 || code > 254) {
    return "is not an option: codes go from 1 to 254";
  }
  const { setBy, sentTo } = optionOfCode(code) ?? { setBy: "pool", sentTo: undefined };
  if (typeof setBy === "object") return `is sent from the field ${setBy.field}: set that instead`;
  if (setBy === "client" && sentTo === "nobody") return "is sent by clients only";
  if (setBy !== "pool") return "is set by the server in each reply";
  if (valueBytes === 0) return "has no value: no option that this server sends may be empty";
  return undefined;
}
