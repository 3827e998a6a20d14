import assert from "node:assert/strict";
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
  for (let i = 0; i < 16; i++) stream.push("x".repeat(MEGABYTE));
  assert.equal(ended, false);
  stream.push("x");
  assert.equal(ended, true);
  assert.equal(await stream.read(), undefined);
});

Deno.test("WatchStream does not count its first lines as unread", () => {
  let ended = false;
  const stream = new WatchStream(() => ended = true);
  stream.pushInitial(["x".repeat(20 * MEGABYTE)]);
  stream.push("x");
  assert.equal(ended, false);
});
