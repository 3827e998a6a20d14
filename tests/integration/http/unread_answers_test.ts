/** What clients that never read make a process hold. */

import assert from "node:assert/strict";
import { BUDGET_BYTES } from "../../../lib/http/memory_budget.ts";
import { GET, writeText } from "../../support/http/limited_listener.ts";
import { LineLog } from "../../support/process/line_log.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";

const CLIENTS = 60;
/** Above the budget: one answer, and memory that is free but not given back. */
const SLACK_BYTES = 80 * 1024 * 1024;

Deno.test("sixty clients that never read their answers cost no more than the budget", async () => {
  const program = new URL("./large_answers.ts", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-check", "--quiet", "--v8-flags=--expose-gc", program],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const log = new LineLog();
  log.follow(child.stdout);
  const clients: Deno.Conn[] = [];
  try {
    const port = Number(await waitUntil(() => log.lines[0], { what: "the port" }));
    const memory = async () => {
      const response = await fetch(`http://127.0.0.1:${port}/memory`);
      return Number(await response.text());
    };
    const before = await memory();
    for (let i = 0; i < CLIENTS; i++) {
      const client = await Deno.connect({ hostname: "127.0.0.1", port });
      clients.push(client);
      await writeText(client, GET);
      assert.equal(await client.read(new Uint8Array(1)), 1);
    }
    const grown = await memory() - before;
    assert.ok(grown < BUDGET_BYTES + SLACK_BYTES, `${Math.round(grown / 2 ** 20)} MiB`);
  } finally {
    for (const client of clients) client.close();
    child.kill("SIGKILL");
    await child.status;
    await log.ended();
  }
});
