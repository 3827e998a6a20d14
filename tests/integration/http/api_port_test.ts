/** The port of the embedded API server, and clients that are not kubectl. */

import assert from "node:assert/strict";
import { BUDGET_BYTES, PROCESS_BUDGET } from "../../../lib/http/memory_budget.ts";
import { type EmbeddedApi, startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";
import { readText, writeText } from "../../support/http/limited_listener.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";

const MEGABYTE = 1024 * 1024;
const SECRETS = "/api/v1/namespaces/default/secrets";
const CHUNKED = "transfer-encoding: chunked\r\ncontent-type: application/json\r\n";

function connectTo({ server, credentials }: EmbeddedApi): Promise<Deno.TlsConn> {
  return Deno.connectTls({
    hostname: "127.0.0.1",
    port: server.port,
    caCerts: [credentials.cert],
  });
}

function head(method: string, path: string, host: string, token: string, more = ""): string {
  return `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${token}\r\n${more}\r\n`;
}

Deno.test("an endless body without the token is answered 401, and its connection ends", async () => {
  await using api = await startEmbeddedApi();
  using connection = await connectTo(api);
  await writeText(connection, head("POST", SECRETS, "localhost", "wrong", CHUNKED));
  const answer = await readText(connection, "Unauthorized");
  assert.match(answer, /^HTTP\/1\.1 401 .*\r\nconnection: close\r\n/s);
  const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
  await assert.rejects(async () => {
    for (let sent = 0; sent < 100 * MEGABYTE; sent += chunk.length) {
      await writeText(connection, chunk);
    }
  });
});

Deno.test("an endless body with the token is refused when it is too large", async () => {
  await using api = await startEmbeddedApi();
  using connection = await connectTo(api);
  const { token } = api.credentials;
  await writeText(connection, head("POST", SECRETS, "localhost", token, CHUNKED));
  const answered = readText(connection, "too large");
  const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
  const sending = (async () => {
    for (let sent = 0; sent < 100 * MEGABYTE; sent += chunk.length) {
      await writeText(connection, chunk);
    }
  })();
  assert.match(await answered, /^HTTP\/1\.1 413 .*RequestEntityTooLarge/s);
  await assert.rejects(sending);
});

Deno.test("a client with the token that asks for a name of another site is refused", async () => {
  await using api = await startEmbeddedApi();
  for (const host of ["evil.example", `evil.example:${api.server.port}`, "kubernetes.default"]) {
    using connection = await connectTo(api);
    await writeText(connection, head("GET", SECRETS, host, api.credentials.token));
    assert.match(await readText(connection), /^HTTP\/1\.1 421 /, host);
  }
  for (const host of ["127.0.0.1", `localhost:${api.server.port}`]) {
    using connection = await connectTo(api);
    const more = "connection: close\r\n";
    await writeText(connection, head("GET", SECRETS, host, api.credentials.token, more));
    assert.match(await readText(connection), /^HTTP\/1\.1 200 .*SecretList/s, host);
  }
});

Deno.test("watches that nobody reads hold what the budget allows, and others go on", async () => {
  await using api = await startEmbeddedApi();
  const stalled: Deno.Conn[] = [];
  for (let i = 0; i < 20; i++) {
    const connection = await connectTo(api);
    stalled.push(connection);
    const path = `${SECRETS}?watch=1`;
    await writeText(connection, head("GET", path, "localhost", api.credentials.token));
    await connection.read(new Uint8Array(1));
  }
  const data = { a: btoa("x".repeat(600_000)) };
  for (let i = 0; i < 30; i++) {
    const body = { apiVersion: "v1", kind: "Secret", metadata: { name: `s${i}` }, data };
    assert.equal((await api.send("POST", SECRETS, { body })).status, 201);
    assert.ok(PROCESS_BUDGET.bytes < BUDGET_BYTES, `${PROCESS_BUDGET.bytes}`);
  }
  for (const connection of stalled) connection.close();
  await waitUntil(() => PROCESS_BUDGET.bytes === 0 || undefined, {
    what: "memory to be free",
    explain: () => `${PROCESS_BUDGET.bytes} octets are held`,
  });
});
