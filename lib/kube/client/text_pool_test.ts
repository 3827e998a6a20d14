import { deepEqual, equal } from "node:assert/strict";
import { TextPool } from "./text_pool.ts";

/** A text of its own each time, as a reader of JSON makes it. */
function made(text: string): string {
  return JSON.parse(JSON.stringify(text));
}

/** Reads JSON and counts what was replaced, which equality does not show. */
function sharedIn(pool: TextPool, value: Record<string, unknown>): readonly string[] {
  const replaced: string[] = [];
  const seen = new Proxy(value, {
    set(target, key, text, receiver) {
      replaced.push(String(key));
      return Reflect.set(target, key, text, receiver);
    },
    defineProperty: Reflect.defineProperty,
  });
  pool.share(seen);
  return replaced;
}

Deno.test("TextPool.share() replaces what it has seen, at any place", () => {
  const pool = new TextPool();
  deepEqual(sharedIn(pool, { a: made("StatusMatchesSpec"), b: made("StatusMatchesSpec") }), ["b"]);
  deepEqual(sharedIn(pool, { c: made("StatusMatchesSpec"), d: made("NotPaused") }), ["c"]);
});

Deno.test("TextPool.share() changes nothing that anybody could see", () => {
  const pool = new TextPool();
  const text = '{"a":["x","x",1,null,{"b":"x","__proto__":"x"}],"c":true,"x":"x"}';
  for (const _ of [1, 2]) equal(JSON.stringify(pool.share(JSON.parse(text))), text);
});

Deno.test("TextPool.share() leaves alone what is frozen, large, or long", () => {
  const pool = new TextPool();
  pool.share({ a: "x", long: "y".repeat(1000) });
  deepEqual(pool.share(Object.freeze({ a: "x" })), { a: "x" });
  deepEqual(sharedIn(pool, { long: "y".repeat(1000) }), []);
  const record = Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`10.0.0.${at}`, "x"]));
  deepEqual(sharedIn(pool, record), []);
});

Deno.test("TextPool.share() forgets what only one object had, and keeps what all have", () => {
  const pool = new TextPool();
  pool.share({ name: "first" });
  for (let at = 0; at < 10_000; at++) pool.share({ uid: `uid-${at}`, kind: "IPPool" });
  deepEqual(sharedIn(pool, { name: "first", kind: "IPPool" }), ["kind"]);
});

Deno.test("TextPool.share() ends at values that nest without end", () => {
  const ring: Record<string, unknown> = { text: "x" };
  ring["ring"] = ring;
  equal(new TextPool().share(ring), ring);
});
