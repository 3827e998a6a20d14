/** promtool, which checks rules and tries them. */

import assert from "node:assert/strict";
import { findUnpacked } from "../../../tools/unpacked.ts";

/** Runs promtool, which has to succeed. @returns What it prints. */
export async function promtool(...args: readonly string[]): Promise<string> {
  const path = await findUnpacked("promtool");
  const { success, stdout, stderr } = await new Deno.Command(path!, { args: [...args] }).output();
  const text = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
  assert.ok(success, text);
  return text;
}
