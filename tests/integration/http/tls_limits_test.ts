/** Connections with TLS whose clients do not do their part, which the runtime would keep for ever. */

import assert from "node:assert/strict";
import { textResponse } from "../../../lib/http/exchange.ts";
import { CertificateAuthority } from "../../support/cluster/certificate_authority.ts";
import {
  GET,
  type LimitedListener,
  listenWithLimits,
  writeText,
} from "../../support/http/limited_listener.ts";

const hostname = "127.0.0.1";
const authority = await CertificateAuthority.create();
const tls = await authority.issue({ commonName: "test" });
const LARGE = textResponse("x".repeat(50 * 1024 * 1024));

function setUp(): LimitedListener {
  return listenWithLimits({
    tls,
    handle: ({ path }) => Promise.resolve(path === "/" ? LARGE : textResponse("fine")),
  });
}

for (const [name, text] of [["nothing", ""], ["half a record", "\x16\x03\x01"]]) {
  Deno.test(`a client that sends ${name} instead of a TLS handshake is disconnected`, async () => {
    await using setup = setUp();
    using connection = await setup.connect();
    if (text !== "") await writeText(connection, text!);
    assert.equal(await connection.read(new Uint8Array(1)), null);
    assert.deepEqual(setup.cuts, ["handshake"]);
  });
}

Deno.test("a connection over TLS that a client keeps in reserve stays as long as one between requests", async () => {
  await using setup = setUp();
  const { port } = setup.listener;
  using connection = await Deno.connectTls({ hostname, port, caCerts: [authority.cert] });
  await connection.handshake();
  assert.equal(await connection.read(new Uint8Array(1)).catch(() => null), null);
  assert.deepEqual(setup.cuts, ["idle"]);
});

Deno.test("a client that reads nothing more over TLS is disconnected, and others are answered", async () => {
  await using setup = setUp();
  const { port } = setup.listener;
  const caCerts = [authority.cert];
  using connection = await Deno.connectTls({ hostname, port, caCerts });
  await writeText(connection, GET);
  while (setup.cuts.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(setup.cuts, ["reader"]);
  const buffer = new Uint8Array(1024 * 1024);
  let received = 0;
  for (;;) {
    const length = await connection.read(buffer).catch(() => null);
    if (length === null) break;
    received += length;
  }
  assert.ok(received < LARGE.body.toString().length, "it ends in the middle");
  using client = Deno.createHttpClient({ caCerts, http2: false });
  assert.equal(await (await fetch(`https://${hostname}:${port}/a`, { client })).text(), "fine");
});
