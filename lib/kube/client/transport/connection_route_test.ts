import { equal, ok } from "node:assert/strict";
import { writeWhole } from "../../../base/octet_stream.ts";
import { CertificateAuthority } from "../../../../tests/support/cluster/certificate_authority.ts";
import { NO_TLS_MATERIAL } from "../../access/tls_material.ts";
import { openRoute } from "./connection_route.ts";

const MIB = 1024 * 1024;

/** More than the kernel keeps of connections that nobody reads from. */
const REQUEST_BYTES = 128 * MIB;

/** A look after which nothing has been taken for a while. */
const LOOK_MS = 200;

Deno.test("openRoute() takes no more of a request than a server without check reads, and loses nothing", async () => {
  const authority = await CertificateAuthority.create();
  using listener = Deno.listenTls({
    ...{ hostname: "127.0.0.1", port: 0 },
    ...await authority.issue({ commonName: "server" }),
  });
  const server = `https://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`;
  const route = openRoute({ server, insecureSkipTlsVerify: true }, () => NO_TLS_MATERIAL);
  try {
    const { path } = route.proxy as unknown as { readonly path: string };
    using client = await Deno.connect({ transport: "unix", path });
    const piece = new Uint8Array(MIB).map((_, i) => i % 251);
    let taken = 0;
    const sent = (async () => {
      for (; taken < REQUEST_BYTES; taken += piece.length) await writeWhole(client, piece);
    })();
    using conn = await listener.accept();
    // The handshake ends without a read of what comes after it.
    await conn.handshake();
    for (let before = -1; taken > before;) {
      before = taken;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    ok(taken < REQUEST_BYTES, "all of it was taken, and nobody has read any");

    const buffer = new Uint8Array(65_536);
    for (let read = 0; read < REQUEST_BYTES;) {
      const count = await conn.read(buffer);
      ok(count !== null, `the connection ended after ${read} octets`);
      const at = buffer.subarray(0, count).findIndex((octet, i) =>
        octet !== (read + i) % MIB % 251
      );
      equal(at, -1, `octet ${read + at} is another one`);
      read += count;
    }
    await sent;
  } finally {
    route.close();
  }
});
