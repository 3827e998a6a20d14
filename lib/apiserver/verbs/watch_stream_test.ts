import assert from "node:assert/strict";
import { MemoryBudget } from "../../http/memory_budget.ts";
import { WatchStream } from "./watch_stream.ts";

const MEGABYTE = 1024 * 1024;

Deno.test("WatchStream gives waiting lines, then new ones, then ends", async () => {
  const stream = new WatchStream(() => {});
  stream.pushInitial(["a\n", "b\n"]);
  assert.equal(await stream.read(), "a\nb\n");
  const next = stream.read();
  stream.push("c\n");
  assert.equal(await next, "c\n");
  stream.push("d\n");
  stream.end();
  stream.push("late\n");
  assert.equal(await stream.read(), "d\n");
  assert.equal(await stream.read(), undefined);
});

Deno.test("WatchStream calls back once when it ends, also when the client leaves", async () => {
  let ends = 0;
  const stream = new WatchStream(() => ends++);
  const waiting = stream.read();
  stream.cancel();
  assert.equal(await waiting, undefined);
  stream.end();
  assert.equal(ends, 1);
});

Deno.test("WatchStream drops lines when it is cancelled", async () => {
  const stream = new WatchStream(() => {});
  stream.push("a\n");
  stream.cancel();
  assert.equal(await stream.read(), undefined);
});

Deno.test("WatchStream ends a watch whose client does not read, and drops its lines", async () => {
  let ended = false;
  const stream = new WatchStream(() => ended = true);
  for (let i = 0; i < 8; i++) stream.push("x".repeat(MEGABYTE));
  assert.equal(ended, false);
  stream.push("x");
  assert.equal(ended, true);
  assert.equal(await stream.read(), undefined);
});

Deno.test("WatchStream does not end by its first lines, however many they are", () => {
  let ended = false;
  const stream = new WatchStream(() => ended = true);
  stream.pushInitial(["x".repeat(20 * MEGABYTE)]);
  stream.push("x");
  assert.equal(ended, false);
});

Deno.test("WatchStream gives lines in order and in pieces of bounded size", async () => {
  const stream = new WatchStream(() => {});
  const lines = Array.from({ length: 1000 }, (_, i) => `${i} ${"x".repeat(1000)}\n`);
  stream.pushInitial(lines);
  stream.end();
  let text = "";
  for (let piece = await stream.read(); piece !== undefined; piece = await stream.read()) {
    assert.ok(piece.length <= MEGABYTE / 4);
    text += piece;
  }
  assert.equal(text, lines.join(""));
});

Deno.test("WatchStream of the slowest client ends when too much waits for all of them", async () => {
  const budget = new MemoryBudget(3 * MEGABYTE);
  const ended: string[] = [];
  const [slow, fast] = ["slow", "fast"].map((name) =>
    new WatchStream(() => ended.push(name), budget)
  );
  slow!.push("x".repeat(MEGABYTE));
  for (let i = 0; i < 10; i++) {
    fast!.push("x".repeat(MEGABYTE));
    if (i % 2 === 0) await fast!.read();
  }
  fast!.push("x".repeat(2 * MEGABYTE));
  assert.deepEqual(ended, ["slow"]);
  assert.equal(await slow!.read(), undefined);
});

Deno.test("WatchStream counts text that watches share once, and none that is read", async () => {
  const budget = new MemoryBudget(10 * MEGABYTE);
  const streams = Array.from({ length: 20 }, () => new WatchStream(() => {}, budget));
  const change = {};
  for (const stream of streams) stream.push("x".repeat(MEGABYTE), change);
  assert.equal(budget.bytes, MEGABYTE);
  for (const stream of streams) await stream.read();
  assert.equal(budget.bytes, 0);
});
