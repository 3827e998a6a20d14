import assert from "node:assert/strict";
import { giveBackFreedMemory, raiseOpenFileLimit } from "./process_resources.ts";
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

Deno.test("giveBackFreedMemory() gives back what the C library keeps of freed memory", () => {
  const library = Deno.dlopen("libc.so.6", {
    malloc: { parameters: ["usize"], result: "pointer" },
    memset: { parameters: ["pointer", "i32", "usize"], result: "pointer" },
    free: { parameters: ["pointer"], result: "void" },
  });
  const { malloc, memset, free } = library.symbols;
  const bytes = 64 * 1024;
  const blocks = Array.from({ length: 512 }, () => memset(malloc(BigInt(bytes)), 1, BigInt(bytes)));
  // With something used at its end, the library does not shorten its heap by itself.
  const last = blocks.pop()!;
  for (const block of blocks) free(block);
  const before = Deno.memoryUsage().rss;
  giveBackFreedMemory();
  assert.ok(before - Deno.memoryUsage().rss > blocks.length * bytes / 2);
  free(last);
  library.close();
});
