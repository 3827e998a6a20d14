import assert from "node:assert/strict";
import { CertificateAuthority } from "../../tests/support/cluster/certificate_authority.ts";
import { RecordingLogger } from "../../tests/support/metrics/recording_logger.ts";
import { textResponse } from "./exchange.ts";
import { RenewableListener } from "./renewable_listener.ts";

const hostname = "127.0.0.1";
const authorities = await Promise.all(
  ["a", "b", "c"].map((name) => CertificateAuthority.create(name)),
);

class Setup implements AsyncDisposable {
  isLast = false;
  readonly listener = new RenewableListener({
    hostname,
    port: 0,
    log: new RecordingLogger(),
    handle: async (request) => textResponse(`${(await request.readBody()).length}`),
    isLast: () => this.isLast,
  });

  /** Changes to a certificate of this authority. */
  async use(authority: CertificateAuthority): Promise<void> {
    this.listener.use(await authority.issue({ commonName: "test" }));
  }

  /** One connection, for a client that trusts these authorities only. */
  connect(...trusted: readonly CertificateAuthority[]): Promise<Deno.TlsConn> {
    const caCerts = trusted.map(({ cert }) => cert);
    return Deno.connectTls({ hostname, port: this.listener.port, caCerts });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.listener.close();
  }
}

/** Sends a request and gives the head of the answer. */
async function ask(conn: Deno.Conn): Promise<string> {
  await conn.write(
    new TextEncoder().encode("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi"),
  );
  const buffer = new Uint8Array(1000);
  let text = "";
  while (!text.endsWith("\r\n\r\n2")) {
    const length = await conn.read(buffer);
    if (length === null) break;
    text += new TextDecoder().decode(buffer.subarray(0, length));
  }
  return text;
}

Deno.test("RenewableListener does not listen before it has a certificate", async () => {
  await using setup = new Setup();
  assert.match(setup.listener.unready()!, /no certificate/);
  await setup.use(authorities[0]!);
  assert.equal(setup.listener.unready(), undefined);
});

Deno.test("RenewableListener gives new connections the new certificate, and ends old ones with an answer", async () => {
  const [a, b] = authorities as [CertificateAuthority, CertificateAuthority];
  await using setup = new Setup();
  await setup.use(a);
  using before = await setup.connect(a);
  assert.match(await ask(before), /^HTTP\/1\.1 200 /);
  assert.match(await ask(before), /^HTTP\/1\.1 200 /);
  const { port } = setup.listener;
  await setup.use(b);
  assert.equal(setup.listener.port, port);
  using after = await setup.connect(b);
  assert.match(await ask(after), /^HTTP\/1\.1 200 /);
  const last = await ask(before);
  assert.match(last, /^HTTP\/1\.1 200 /);
  assert.match(last, /connection: close/i);
  assert.equal(await before.read(new Uint8Array(1)), null);
  assert.doesNotMatch(await ask(after), /connection: close/i);
});

Deno.test("RenewableListener loses no request while certificates change", async () => {
  await using setup = new Setup();
  await setup.use(authorities[0]!);
  let isOver = false;
  let answers = 0;
  const clients = [1, 2, 3, 4].map(async () => {
    while (!isOver) {
      using conn = await setup.connect(...authorities);
      for (let head = ""; !isOver && !/connection: close/i.test(head); answers++) {
        head = await ask(conn);
        assert.match(head, /^HTTP\/1\.1 200 /);
      }
    }
  });
  for (let i = 1; i <= 20; i++) {
    const before = answers;
    await setup.use(authorities[i % 3]!);
    while (answers < before + 10) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  isOver = true;
  await Promise.all(clients);
  assert.ok(answers >= 200);
});

Deno.test("RenewableListener ends connections with their next answer when it is told to", async () => {
  await using setup = new Setup();
  await setup.use(authorities[0]!);
  using conn = await setup.connect(authorities[0]!);
  assert.doesNotMatch(await ask(conn), /connection: close/i);
  setup.isLast = true;
  assert.match(await ask(conn), /connection: close/i);
});

Deno.test("RenewableListener survives clients that send no TLS, or leave", async () => {
  await using setup = new Setup();
  await setup.use(authorities[0]!);
  const plain = await Deno.connect({ hostname, port: setup.listener.port });
  await plain.write(new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"));
  while (await plain.read(new Uint8Array(100)) !== null);
  plain.close();
  const leaver = await setup.connect(authorities[0]!);
  await leaver.write(new TextEncoder().encode("POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf"));
  leaver.close();
  using conn = await setup.connect(authorities[0]!);
  assert.match(await ask(conn), /^HTTP\/1\.1 200 /);
});
