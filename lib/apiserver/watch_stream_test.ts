import assert from "node:assert/strict";
import { WatchStream } from "./watch_stream.ts";

const MEGABYTE = 1024 * 1024;

Deno.test("WatchStream delivers what waits, then what comes, then ends", async () => {
  const stream = new WatchStream(() => {});
  stream.pushInitial(["a\n", "b\n"]);
  const reader = stream.body.pipeThrough(new TextDecoderStream()).getReader();
  assert.equal((await reader.read()).value, "a\nb\n");
  const next = reader.read();
  stream.push("c\n");
  assert.equal((await next).value, "c\n");
  stream.push("d\n");
  stream.end();
  assert.equal((await reader.read()).value, "d\n");
  assert.equal((await reader.read()).done, true);
});

Deno.test("WatchStream tells once that it ended, also when the client leaves", async () => {
  let ends = 0;
  const stream = new WatchStream(() => ends++);
  const reader = stream.body.getReader();
  const waiting = reader.read();
  await reader.cancel();
  assert.equal((await waiting).done, true);
  stream.push("late\n");
  stream.end();
  assert.equal(ends, 1);
});

Deno.test("WatchStream ends a watch whose client does not read", () => {
  let ended = false;
  const stream = new WatchStream(() => ended = true);
  for (let i = 0; i < 16; i++) stream.push("x".repeat(MEGABYTE));
  assert.equal(ended, false);
  stream.push("x");
  assert.equal(ended, true);
});

Deno.test("WatchStream does not count its first lines as unread", () => {
  let ended = false;
  const stream = new WatchStream(() => ended = true);
  stream.pushInitial(["x".repeat(20 * MEGABYTE)]);
  stream.push("x");
  assert.equal(ended, false);
});
