import assert from "node:assert/strict";
import { raiseOpenFileLimit } from "./open_files.ts";
import "../../../tests/support/network/load_libc.ts";

/** The soft and the hard limit as the kernel shows them. */
async function openFileLimits(): Promise<readonly string[]> {
  const limits = await Deno.readTextFile("/proc/self/limits");
  return /^Max open files +(\w+) +(\w+)/m.exec(limits)!.slice(1);
}

Deno.test("raiseOpenFileLimit() raises the soft limit to the hard one, and may be called again", async () => {
  const raised = raiseOpenFileLimit();
  const [soft, hard] = await openFileLimits();
  assert.equal(soft, hard);
  assert.equal(raised, hard === "unlimited" ? Number(2n ** 64n - 1n) : Number(hard));
  assert.equal(raiseOpenFileLimit(), raised);
});
