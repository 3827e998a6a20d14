/** Clients that take their time, or connections: what they get, and that others do not notice. */

import assert from "node:assert/strict";
import { CONNECTION_LIMITS, type CutReason } from "../../../lib/http/connection_table.ts";
import { textResponse } from "../../../lib/http/exchange.ts";
import { MemoryBudget } from "../../../lib/http/memory_budget.ts";
import {
  echo,
  GET,
  listenWithLimits,
  readText,
  writeText,
} from "../../support/http/limited_listener.ts";

const MEGABYTE = 1024 * 1024;

/** Lets other work go on for a moment. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}

const SLOW: readonly (readonly [name: string, texts: readonly string[], reason: CutReason])[] = [
  ["sends nothing", [], "head"],
  ["begins a head and stops", ["GET / HT"], "head"],
  ["sends nothing after its request", [GET], "idle"],
  ["begins a second head and stops", [GET, "G"], "head"],
  [
    "begins a body and stops",
    ["POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nx"],
    "body",
  ],
];

for (const [name, texts, reason] of SLOW) {
  Deno.test(`a client that ${name} is disconnected`, async () => {
    await using setup = listenWithLimits({ handle: echo });
    using connection = await setup.connect();
    for (const text of texts) await writeText(connection, text);
    await readText(connection);
    assert.deepEqual(setup.cuts, [reason]);
  });
}

Deno.test("a client that sends a head octet by octet is disconnected", async () => {
  await using setup = listenWithLimits();
  using connection = await setup.connect();
  await assert.rejects(async () => {
    for (;;) {
      await writeText(connection, "x");
      await turn();
    }
  });
  assert.deepEqual(setup.cuts, ["head"]);
});

Deno.test("a client that does not read its answer is disconnected, and what it held is free", async () => {
  const budget = new MemoryBudget(100 * MEGABYTE);
  const answer = textResponse("x".repeat(50 * MEGABYTE));
  await using setup = listenWithLimits({ budget, handle: () => Promise.resolve(answer) });
  using connection = await setup.connect();
  await writeText(connection, GET);
  while (budget.bytes === 0) await turn();
  while (budget.bytes > 0) await turn();
  assert.deepEqual(setup.cuts, ["reader"]);
});

Deno.test("a stream whose client does not read is cancelled", async () => {
  const cancelled = Promise.withResolvers<void>();
  const piece = "x".repeat(MEGABYTE);
  const body = { read: () => Promise.resolve(piece), cancel: cancelled.resolve };
  await using setup = listenWithLimits({
    handle: () => Promise.resolve({ status: 200, headers: {}, body }),
  });
  using connection = await setup.connect();
  await writeText(connection, GET);
  await cancelled.promise;
  assert.deepEqual(setup.cuts, ["reader"]);
});

Deno.test("clients that do not read hold what the budget allows, and others are answered", async () => {
  const budget = new MemoryBudget(40 * MEGABYTE);
  const text = "x".repeat(20 * MEGABYTE);
  await using setup = listenWithLimits({
    budget,
    limits: CONNECTION_LIMITS,
    handle: ({ path }) => Promise.resolve(textResponse(path === "/" ? text : "fine")),
  });
  const stalled: Deno.Conn[] = [];
  for (let i = 0; i < 6; i++) {
    const connection = await setup.connect();
    stalled.push(connection);
    await writeText(connection, GET);
    await connection.read(new Uint8Array(1));
    assert.ok(budget.bytes <= 40 * MEGABYTE);
  }
  assert.ok(setup.cuts.length >= 3 && setup.cuts.every((reason) => reason === "budget"));
  assert.match(
    await setup.ask("GET /a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
    /fine$/,
  );
  for (const connection of stalled) connection.close();
});

Deno.test("connections that do nothing make room for one that asks", async () => {
  const limits = { ...CONNECTION_LIMITS, connections: 20 };
  await using setup = listenWithLimits({ limits });
  const idle = await Promise.all(Array.from({ length: 60 }, () => setup.connect()));
  const text = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  assert.match(await setup.ask(text), /fine$/);
  assert.ok(setup.cuts.length >= 41 && setup.cuts.every((reason) => reason === "full"));
  for (const connection of idle) connection.close();
});

Deno.test("a client that asks without a pause waits for its next turn", async () => {
  const requestRate = { perSecond: 50, burst: 10 };
  await using setup = listenWithLimits({ requestRate, limits: CONNECTION_LIMITS });
  using connection = await setup.connect();
  const startMs = performance.now();
  for (let i = 0; i < 30; i++) {
    await writeText(connection, GET);
    await readText(connection, "fine");
  }
  // 20 requests beyond the burst, 20 ms each; a timer may be a little early.
  assert.ok(performance.now() - startMs >= 380);
});
