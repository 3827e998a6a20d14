import assert from "node:assert/strict";
import { MemoryBudget } from "../http/memory_budget.ts";
import { type Dump, SharedDumps } from "./shared_dumps.ts";

const MEGABYTE = 1024 * 1024;

class Source {
  made = 0;
  version: object = {};
  readonly read = (): Dump => ({
    version: [this.version],
    make: () => {
      this.made++;
      return [["a", `"${this.made}"`], ["b", "ä"]];
    },
  });
}

function decode(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes);
}

Deno.test("SharedDumps makes one text for each state, however many ask for it", async () => {
  const dumps = new SharedDumps(new MemoryBudget(MEGABYTE));
  const source = new Source();
  const texts = await Promise.all(
    Array.from({ length: 50 }, () => dumps.textOf("/a", source.read)),
  );
  assert.equal(decode(texts[0]), JSON.stringify({ a: '"1"', b: "ä" }) + "\n");
  assert.ok(texts.every((text) => text === texts[0]));
  source.version = {};
  assert.match(decode(await dumps.textOf("/a", source.read)), /2/);
  await dumps.textOf("/b", source.read);
  await dumps.textOf("/b", source.read);
  assert.equal(source.made, 3);
});

Deno.test("clients that wait for a text share the next one, although its dump changes all the time", async () => {
  const dumps = new SharedDumps(new MemoryBudget(MEGABYTE));
  const source = new Source();
  const changing = () => {
    source.version = {};
    return source.read();
  };
  const texts = await Promise.all(
    Array.from({ length: 50 }, () => dumps.textOf("/a", changing)),
  );
  assert.deepEqual(new Set(texts.map(decode)).size, 2, "the first one was begun before they asked");
  assert.equal(source.made, 2);
  assert.match(decode(await dumps.textOf("/a", changing)), /3/, "nobody is told what was before");
});

Deno.test("SharedDumps has no text of what is not there, and asks again", async () => {
  const dumps = new SharedDumps(new MemoryBudget(MEGABYTE));
  assert.equal(await dumps.textOf("/a", () => undefined), undefined);
  assert.equal(await dumps.textOf("/a", () => ({ version: [], make: () => undefined })), undefined);
  assert.equal(decode(await dumps.textOf("/a", () => ({ version: [], make: () => [] }))), "{}\n");
});

Deno.test("SharedDumps makes a long text in turns, between which other work goes on", async () => {
  const dumps = new SharedDumps(new MemoryBudget(100 * MEGABYTE));
  const entries = Array.from({ length: 10_000 }, (_, i) => [`${i}`, "x"] as const);
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  const text = await dumps.textOf("/a", () => ({ version: [entries], make: () => entries }));
  clearInterval(timer);
  assert.equal(decode(text), JSON.stringify(Object.fromEntries(entries)) + "\n");
  assert.ok(turns >= 5, `${turns} turns`);
});

Deno.test("SharedDumps goes on after a dump that cannot be made", async () => {
  const dumps = new SharedDumps(new MemoryBudget(MEGABYTE));
  const broken = () => {
    throw new Error("boom");
  };
  await assert.rejects(dumps.textOf("/a", () => ({ version: [{}], make: broken })), /boom/);
  assert.match(decode(await dumps.textOf("/a", new Source().read)), /a/);
});

Deno.test("readers of one text hold it once, and each reads all of it", async () => {
  const budget = new MemoryBudget(10 * MEGABYTE);
  const dumps = new SharedDumps(budget);
  const entries = [["a", "x".repeat(MEGABYTE)]] as const;
  const bytes = await dumps.textOf("/a", () => ({ version: [entries], make: () => entries }));
  const bodies = Array.from({ length: 60 }, () => dumps.bodyOf(bytes!));
  assert.equal(budget.bytes, bytes!.length);
  for (const body of bodies) {
    let length = 0;
    for (let piece = await body.read(); piece !== undefined; piece = await body.read()) {
      length += piece.length;
    }
    assert.equal(length, bytes!.length);
  }
  assert.equal(budget.bytes, bytes!.length, "it is kept for the next client");
});

Deno.test("when memory is short, kept texts go first, then those of the slowest reader", async () => {
  const budget = new MemoryBudget(3.5 * MEGABYTE);
  const dumps = new SharedDumps(budget);
  const textOf = async () => {
    const entries = [["a", "x".repeat(MEGABYTE)]] as const;
    return (await dumps.textOf("/a", () => ({ version: [entries], make: () => entries })))!;
  };
  const slow = dumps.bodyOf(await textOf());
  const fast = dumps.bodyOf(await textOf());
  await fast.read();
  const hog = budget.open(() => {});
  hog.hold({}, 2 * MEGABYTE);
  await assert.rejects(slow.read(), /cut off/);
  assert.ok((await fast.read())!.length > 0);
  hog.close();
});
