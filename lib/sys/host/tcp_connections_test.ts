import assert from "node:assert/strict";
import "../../../tests/support/network/load_libc.ts";
import { endConnections, prepareListener } from "./tcp_connections.ts";

function formatAddress({ hostname, port }: Deno.NetAddr): string {
  return `${hostname}:${port}`;
}

Deno.test("endConnections() ends the connections that are named, and no others", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [one, other] = await Promise.all([
    Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
    Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
  ]);
  const accepted = [await listener.accept(), await listener.accept()];
  const [own, peer] = [formatAddress(one.remoteAddr), formatAddress(one.localAddr)];
  endConnections([{ own, peer }, { own, peer: "127.0.0.1:1" }]);
  assert.equal(await one.read(new Uint8Array(1)), null);
  await other.write(new Uint8Array([7]));
  const theirs = accepted.find(({ remoteAddr }) =>
    formatAddress(remoteAddr) === formatAddress(other.localAddr)
  );
  const octet = new Uint8Array(1);
  await theirs?.read(octet);
  assert.equal(octet[0], 7);
  for (const connection of [one, other, ...accepted]) connection.close();
});

/** How long answers of two writes each take; the second one waits for the client, unless told not to. */
async function answersMs(prepare: (listener: Deno.TcpListener) => void): Promise<number> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  prepare(listener);
  using client = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  using accepted = await listener.accept();
  const octet = new Uint8Array(1);
  async function serve(): Promise<void> {
    for (let turn = 0; turn < TURNS; turn++) {
      await accepted.read(octet);
      await accepted.write(octet);
      await accepted.write(octet);
    }
  }
  const startMs = performance.now();
  const served = serve();
  for (let turn = 0; turn < TURNS; turn++) {
    await client.write(octet);
    await client.read(octet);
    await client.read(octet);
  }
  await served;
  return performance.now() - startMs;
}

const TURNS = 20;

Deno.test("prepareListener() spares clients the wait for their own acknowledgement", async () => {
  const delayedMs = await answersMs(() => {});
  const atOnceMs = await answersMs(({ addr }) => prepareListener(formatAddress(addr)));
  assert.ok(atOnceMs < delayedMs / 2, `${atOnceMs} ms, ${delayedMs} ms without`);
});

/** What the kernel takes for a client that does not read. */
async function unreadBytes(prepare: (listener: Deno.TcpListener) => void): Promise<number> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  prepare(listener);
  using client = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  const accepted = await listener.accept();
  const piece = new Uint8Array(64 * 1024);
  let taken = 0;
  for (;;) {
    const writing = accepted.write(piece);
    const isStuck = await Promise.race([
      writing.then(() => false),
      new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 300)),
    ]);
    if (!isStuck) {
      taken += piece.length;
      continue;
    }
    const [own, peer] = [formatAddress(client.remoteAddr), formatAddress(client.localAddr)];
    endConnections([{ own, peer }]);
    await writing.catch(() => {});
    accepted.close();
    return taken;
  }
}

Deno.test("prepareListener() keeps little in the kernel of what a client does not read", async () => {
  const usual = await unreadBytes(() => {});
  const prepared = await unreadBytes(({ addr }) => prepareListener(formatAddress(addr)));
  assert.ok(prepared < usual * 0.75, `${prepared} octets, ${usual} by default`);
});
