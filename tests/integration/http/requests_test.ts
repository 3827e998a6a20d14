/** Requests that the listener reads, and those that it refuses. */

import assert from "node:assert/strict";
import { CONNECTION_LIMITS } from "../../../lib/http/connection_table.ts";
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

const REFUSALS: readonly (readonly [name: string, text: string, want: RegExp])[] = [
  [
    "a name that is not ours",
    "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    /^HTTP\/1.1 421 .*evil\.example.*localhost/s,
  ],
  [
    "an absolute target of another name",
    "GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    /^HTTP\/1.1 421 /,
  ],
  ["a line that ends with LF alone", "GET / HTTP/1.1\nHost: localhost\n\n", /^HTTP\/1.1 400 /],
  ["no HTTP", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n", /^HTTP\/1.1 400 /],
  [
    "a head of more than 64 KB",
    `GET / HTTP/1.1\r\nHost: localhost\r\nA: ${"x".repeat(70_000)}`,
    /^HTTP\/1.1 431 /,
  ],
  ["endless fields", `GET / HTTP/1.1\r\n${"A: 1\r\n".repeat(20_000)}`, /^HTTP\/1.1 431 /],
  [
    "two kinds of framing",
    "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    /^HTTP\/1.1 400 /,
  ],
];

for (const [name, text, want] of REFUSALS) {
  Deno.test(`a request with ${name} is refused, and its connection is closed`, async () => {
    let handled = 0;
    const handle = () => Promise.resolve(textResponse(`${++handled}`));
    await using setup = listenWithLimits({ handle });
    const answer = await setup.ask(text + GET);
    assert.match(answer, want);
    assert.match(answer, /\r\nconnection: close\r\n/);
    assert.equal(answer.match(/HTTP\/1\.1 /g)?.length, 1, "what follows is not a request");
    assert.equal(handled, 0);
  });
}

Deno.test("a page of another site gets no answer, and clients that ask by address or localhost do", async () => {
  await using setup = listenWithLimits();
  for (const host of ["127.0.0.1", `localhost:${setup.listener.port}`, Deno.hostname()]) {
    const text = `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
    assert.match(await setup.ask(text), /^HTTP\/1\.1 200 .*fine$/s, host);
  }
  assert.match(await setup.ask("GET / HTTP/1.0\r\n\r\n"), /^HTTP\/1\.1 200 .*fine$/s);
});

Deno.test("requests that are sent together are answered one by one, in their order", async () => {
  const waiting: (() => void)[] = [];
  await using setup = listenWithLimits({
    limits: CONNECTION_LIMITS,
    handle: async ({ path }) => {
      if (path === "/0") await new Promise<void>((resolve) => waiting.push(resolve));
      return textResponse(`[${path}]`);
    },
  });
  using connection = await setup.connect();
  const paths = Array.from({ length: 50 }, (_, i) => `/${i}`);
  await writeText(connection, paths.map((path) => GET.replace("/", path)).join(""));
  while (waiting.length === 0) await turn();
  waiting[0]!();
  const text = await readText(connection, "[/49]");
  assert.deepEqual(text.match(/\[.*?\]/g), paths.map((path) => `[${path}]`));
});

Deno.test("a body in chunks is read, with extensions and trailers", async () => {
  await using setup = listenWithLimits({ handle: echo });
  using connection = await setup.connect();
  const head = "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
  await writeText(
    connection,
    `${head}3;a="b"\r\nabc\r\n0A\r\n0123456789\r\n0\r\nX: y\r\n\r\n${GET}`,
  );
  assert.match(await readText(connection, "[]"), /\[abc0123456789\].*\[\]$/s);
});

Deno.test("a body of many small chunks is read as one", async () => {
  await using setup = listenWithLimits({ handle: echo });
  using connection = await setup.connect();
  const head = "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
  const chunks = Array.from({ length: 10_000 }, (_, i) => `1\r\n${i % 10}\r\n`).join("");
  const [answer] = await Promise.all([
    readText(connection, "]"),
    writeText(connection, `${head}${chunks}0\r\n\r\n`),
  ]);
  assert.ok(answer.endsWith(`[${"0123456789".repeat(1000)}]`));
});

const BAD_CHUNKS = [
  "g\r\n",
  "-1\r\n",
  "3\nabc\r\n",
  "3\r\nabcd\r\n",
  "fffffffff\r\n",
  "3;" + "x".repeat(300),
];

for (const chunks of BAD_CHUNKS) {
  Deno.test(`a body with the chunks ${JSON.stringify(chunks.slice(0, 12))} is refused`, async () => {
    await using setup = listenWithLimits({ handle: echo });
    const head = "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert.match(
      await setup.ask(`${head}${chunks}`),
      /^HTTP\/1\.1 400 .*\r\nconnection: close\r\n/s,
    );
  });
}

Deno.test("a client that waits for 100 Continue gets it when its body is wanted, not before", async () => {
  await using setup = listenWithLimits({
    handle: async (request) =>
      request.path === "/" ? await echo(request) : textResponse("refused", 401),
  });
  const head =
    "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
  using welcome = await setup.connect();
  await writeText(welcome, head);
  assert.equal(await readText(welcome, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  await writeText(welcome, "hi");
  assert.match(await readText(welcome, "[hi]"), /^HTTP\/1\.1 200 /);
  assert.match(await setup.ask(head.replace("/", "/no")), /^HTTP\/1\.1 401 .*refused$/s);
});

Deno.test("an endless body is not read when the handler does not want it, and its connection ends", async () => {
  await using setup = listenWithLimits({
    handle: () => Promise.resolve(textResponse("no token", 401)),
  });
  using connection = await setup.connect();
  await writeText(
    connection,
    "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n",
  );
  const answer = await readText(connection, "no token");
  assert.match(answer, /^HTTP\/1\.1 401 .*\r\nconnection: close\r\n/s);
  let sent = 0;
  const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
  await assert.rejects(async () => {
    for (; sent < 100 * MEGABYTE; sent += chunk.length) await writeText(connection, chunk);
  });
});

Deno.test("a body of more than 3 MiB is refused before it is read", async () => {
  await using setup = listenWithLimits({ handle: echo });
  const head = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3145729\r\n\r\n";
  assert.match(await setup.ask(head), /^HTTP\/1\.1 413 .*limit is 3145728 bytes/s);
});

Deno.test("bodies on their way share the budget, and one too many is refused", async () => {
  const budget = new MemoryBudget(5 * MEGABYTE);
  await using setup = listenWithLimits({ handle: echo, budget, limits: CONNECTION_LIMITS });
  const head = (bytes: number) =>
    `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${bytes}\r\n\r\n`;
  using first = await setup.connect();
  await writeText(first, `${head(3 * MEGABYTE)}x`);
  while (budget.bytes === 0) await turn();
  assert.match(await setup.ask(head(3 * MEGABYTE)), /^HTTP\/1\.1 503 .*try again/s);
  await writeText(first, "x".repeat(3 * MEGABYTE - 1));
  assert.match(await readText(first, "]"), /^HTTP\/1\.1 200 /);
  while (budget.bytes > 0) await turn();
});
