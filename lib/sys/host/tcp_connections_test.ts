import assert from "node:assert/strict";
import "../../../tests/support/network/load_libc.ts";
import { endConnections } from "./tcp_connections.ts";

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
