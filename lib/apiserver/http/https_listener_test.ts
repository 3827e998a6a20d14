import assert from "node:assert/strict";
import { type Credentials, loadCredentials } from "./credentials.ts";
import { type ApiRequest, type ApiResponse, textResponse } from "./http_exchange.ts";
import { type HttpsListener, listenHttps } from "./https_listener.ts";
import { WatchStream } from "../verbs/watch_stream.ts";

interface Setup extends AsyncDisposable {
  readonly listener: HttpsListener;
  readonly credentials: Credentials;
  connect(): Promise<Deno.TlsConn>;
}

async function setUp(handle: (request: ApiRequest) => Promise<ApiResponse>): Promise<Setup> {
  const folder = await Deno.makeTempDir();
  const credentials = await loadCredentials(folder);
  await Deno.remove(folder, { recursive: true });
  const listener = await listenHttps({ port: 0, tls: credentials, handle });
  return {
    listener,
    credentials,
    connect: () =>
      Deno.connectTls({
        hostname: "127.0.0.1",
        port: listener.port,
        caCerts: [credentials.cert],
        alpnProtocols: ["http/1.1"],
      }),
    [Symbol.asyncDispose]: () => listener.close(),
  };
}

async function write(connection: Deno.Conn, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
}

async function readUntil(connection: Deno.Conn, sign: string): Promise<string> {
  const buffer = new Uint8Array(65_536);
  let text = "";
  while (!text.includes(sign)) {
    const length = await connection.read(buffer);
    if (length === null) return text;
    text += new TextDecoder().decode(buffer.subarray(0, length));
  }
  return text;
}

Deno.test("listenHttps() hands requests over and sends answers back, on one connection", async () => {
  await using setup = await setUp(async (request) => {
    const body = new TextDecoder().decode(await request.readBody());
    const { method, path, query, headers } = request;
    return textResponse(`${method} ${path} ${query.get("q")} ${headers["x-a"]} [${body}]`);
  });
  using connection = await setup.connect();
  await write(
    connection,
    "POST /a%20b?q=%31 HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nContent-Length: 2\r\n\r\nhi",
  );
  assert.match(await readUntil(connection, "]"), /^HTTP\/1\.1 200 [^]*POST \/a%20b 1 1 \[hi\]$/);
  await write(connection, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  assert.match(await readUntil(connection, "]"), /GET \/ null undefined \[\]$/);
});

Deno.test("listenHttps() answers although nobody reads the body, and the request after it", async () => {
  await using setup = await setUp(({ method }) => Promise.resolve(textResponse(method)));
  using client = Deno.createHttpClient({ caCerts: [setup.credentials.cert], http2: false });
  const url = `https://127.0.0.1:${setup.listener.port}/`;
  const large = { method: "POST", body: "x".repeat(5_000_000) };
  for (
    const init of [{ method: "POST", body: "x".repeat(100_000) }, large, large, { method: "GET" }]
  ) {
    const response = await fetch(url, { ...init, client });
    assert.equal(await response.text(), init.method);
  }
});

Deno.test("listenHttps() ends a stream when its client leaves", async () => {
  const ended = Promise.withResolvers<void>();
  await using setup = await setUp(() => {
    const stream = new WatchStream(ended.resolve);
    stream.push("line\n");
    return Promise.resolve({ status: 200, headers: {}, body: stream });
  });
  const connection = await setup.connect();
  await write(connection, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  await readUntil(connection, "line\n");
  connection.close();
  await ended.promise;
});

Deno.test("listenHttps() survives clients that leave in the middle of a request", async () => {
  const failed = Promise.withResolvers<unknown>();
  await using setup = await setUp(async (request) => {
    if (request.method === "POST") await request.readBody().catch(failed.resolve);
    return textResponse("fine");
  });
  const leaver = await setup.connect();
  await write(leaver, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf");
  leaver.close();
  assert.ok(await failed.promise instanceof Error);
  using other = await setup.connect();
  await write(other, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  assert.match(await readUntil(other, "fine"), /fine$/);
});

Deno.test("listenHttps() survives clients that speak no TLS or no HTTP", async () => {
  await using setup = await setUp(() => Promise.resolve(textResponse("fine")));
  using plain = await Deno.connect({ hostname: "127.0.0.1", port: setup.listener.port });
  await write(plain, "GET / HTTP/1.1\r\n\r\n");
  using garbled = await setup.connect();
  await write(garbled, "\0\x01\x02\r\n\r\n");
  await readUntil(garbled, "\r\n\r\n").catch(() => {});
  using other = await setup.connect();
  await write(other, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  assert.match(await readUntil(other, "fine"), /fine$/);
});

Deno.test("listenHttps() says when the port is taken", async () => {
  await using setup = await setUp(() => Promise.resolve(textResponse("")));
  const options = {
    port: setup.listener.port,
    tls: setup.credentials,
    handle: () => Promise.resolve(textResponse("")),
  };
  await assert.rejects(listenHttps(options), Deno.errors.AddrInUse);
});

Deno.test("close() waits for the answer that is under way, not for idle connections", async () => {
  const started = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const setup = await setUp(async (request) => {
    if (request.path === "/slow") {
      started.resolve();
      await finish.promise;
    }
    return textResponse("answered");
  });
  using idle = await setup.connect();
  await write(idle, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  await readUntil(idle, "answered");
  using busy = await setup.connect();
  await write(busy, "GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
  await started.promise;
  const closing = setup.listener.close();
  finish.resolve();
  assert.match(await readUntil(busy, "answered"), /answered$/);
  await closing;
});
