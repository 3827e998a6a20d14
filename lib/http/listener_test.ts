import assert from "node:assert/strict";
import { CertificateAuthority } from "../../tests/support/cluster/certificate_authority.ts";
import { RecordingLogger } from "../../tests/support/metrics/recording_logger.ts";
import { writeWhole } from "../base/octet_stream.ts";
import { type BodyStream, type HttpRequest, type HttpResponse, textResponse } from "./exchange.ts";
import { ListenError } from "./listen_error.ts";
import { type HttpListener, listen } from "./listener.ts";

interface Setup extends AsyncDisposable {
  readonly listener: HttpListener;
  readonly log: RecordingLogger;
  /** Origin of the URLs. */
  readonly url: string;
  connect(): Promise<Deno.Conn>;
  client(): Deno.HttpClient;
}

const authority = await CertificateAuthority.create();
const certificate = await authority.issue({ commonName: "test" });
const hostname = "127.0.0.1";

const SCHEMES = ["http", "https"] as const;

type Handle = (request: HttpRequest) => Promise<HttpResponse>;

function listenWith(scheme: typeof SCHEMES[number], handle: Handle): Setup {
  const log = new RecordingLogger();
  const tls = scheme === "https" ? certificate : undefined;
  const listener = listen({ hostname, port: 0, tls, handle, log });
  const { port } = listener;
  const caCerts = [authority.cert];
  return {
    listener,
    log,
    url: `${scheme}://${hostname}:${port}/`,
    connect: () =>
      tls === undefined
        ? Deno.connect({ hostname, port })
        : Deno.connectTls({ hostname, port, caCerts, alpnProtocols: ["http/1.1"] }),
    client: () => Deno.createHttpClient({ caCerts, http2: false }),
    [Symbol.asyncDispose]: () => listener.close(),
  };
}

/** Runs a test without and with TLS. */
function test(name: string, body: (setUp: (handle: Handle) => Setup) => Promise<void>) {
  for (const scheme of SCHEMES) {
    Deno.test(`${name} (${scheme})`, () => body((handle) => listenWith(scheme, handle)));
  }
}

async function write(connection: Deno.Conn, text: string): Promise<void> {
  await writeWhole(connection, new TextEncoder().encode(text));
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

test("listen() hands requests over and sends answers back, on one connection", async (setUp) => {
  await using setup = setUp(async (request) => {
    const body = new TextDecoder().decode(await request.readBody());
    const { method, path, query, headers } = request;
    return textResponse(`${method} ${path} ${query.get("q")} ${headers["x-a"]} [${body}]`);
  });
  using connection = await setup.connect();
  await write(
    connection,
    "POST /a%20b?q=%31 HTTP/1.1\r\nHost: localhost\r\nX-A: 1\r\nContent-Length: 2\r\n\r\nhi",
  );
  assert.match(await readUntil(connection, "]"), /^HTTP\/1\.1 200 [^]*POST \/a%20b 1 1 \[hi\]$/);
  await write(connection, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  assert.match(await readUntil(connection, "]"), /GET \/ null undefined \[\]$/);
});

test("listen() answers a request with an unread body, and the next request", async (setUp) => {
  await using setup = setUp(({ method }) => Promise.resolve(textResponse(method)));
  using client = setup.client();
  const large = { method: "POST", body: "x".repeat(5_000_000) };
  for (
    const init of [{ method: "POST", body: "x".repeat(100_000) }, large, large, { method: "GET" }]
  ) {
    const response = await fetch(setup.url, { ...init, client });
    assert.equal(await response.text(), init.method);
  }
});

test("listen() ends a stream when its client leaves", async (setUp) => {
  const ended = Promise.withResolvers<void>();
  await using setup = setUp(() => {
    const lines = ["line\n"];
    const body: BodyStream = {
      read: async () => lines.pop() ?? await ended.promise.then(() => undefined),
      cancel: ended.resolve,
    };
    return Promise.resolve({ status: 200, headers: {}, body });
  });
  const connection = await setup.connect();
  await write(connection, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await readUntil(connection, "line\n");
  connection.close();
  await ended.promise;
});

test("listen() survives clients that leave in the middle of a request", async (setUp) => {
  const failed = Promise.withResolvers<unknown>();
  await using setup = setUp(async (request) => {
    if (request.method === "POST") await request.readBody().catch(failed.resolve);
    return textResponse("fine");
  });
  const leaver = await setup.connect();
  await write(leaver, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf");
  leaver.close();
  assert.ok(await failed.promise instanceof Error);
  using other = await setup.connect();
  await write(other, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  assert.match(await readUntil(other, "fine"), /fine$/);
});

test("listen() survives clients that speak no TLS or no HTTP", async (setUp) => {
  await using setup = setUp(() => Promise.resolve(textResponse("fine")));
  using plain = await Deno.connect({ hostname: "127.0.0.1", port: setup.listener.port });
  await write(plain, "GET / HTTP/1.1\r\n\r\n");
  using garbled = await setup.connect();
  await write(garbled, "\0\x01\x02\r\n\r\n");
  await readUntil(garbled, "\r\n\r\n").catch(() => {});
  using other = await setup.connect();
  await write(other, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  assert.match(await readUntil(other, "fine"), /fine$/);
});

test("listen() says which address it cannot have, and why", async (setUp) => {
  await using setup = setUp(() => Promise.resolve(textResponse("")));
  const handle = () => Promise.resolve(textResponse(""));
  const taken = { hostname, port: setup.listener.port, handle, log: setup.log };
  assert.throws(() => listen(taken), (error) => {
    assert.ok(error instanceof ListenError && error.blamesAddress);
    const address = `${hostname}:${setup.listener.port}`;
    const want = `cannot listen on ${address}: the port is in use by another process`;
    assert.equal(error.message, want);
    return true;
  });
  assert.throws(() => listen({ ...taken, hostname: "192.0.2.1", port: 0 }), {
    message: "cannot listen on 192.0.2.1:0: no interface of this host has the address",
  });
});

test("listen() answers 500 when the handler fails, and logs why", async (setUp) => {
  await using setup = setUp(({ path }) =>
    path === "/" ? Promise.reject(new Error("boom")) : Promise.resolve(textResponse("fine"))
  );
  using client = setup.client();
  const response = await fetch(setup.url, { client });
  assert.deepEqual([response.status, await response.text()], [500, "internal error\n"]);
  assert.equal(await (await fetch(`${setup.url}a`, { client })).text(), "fine");
  const [line] = setup.log.lines;
  assert.equal(line?.msg, "http request failed");
  assert.equal((line.fields["error"] as Error).message, "boom");
});

test("listen() tells whether a client is on this host", async (setUp) => {
  await using setup = setUp(({ fromLoopback }) =>
    Promise.resolve(textResponse(String(fromLoopback)))
  );
  using client = setup.client();
  assert.equal(await (await fetch(setup.url, { client })).text(), "true");
});

test("close() waits for the answer that is under way, not for idle connections", async (setUp) => {
  const started = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const setup = setUp(async (request) => {
    if (request.path === "/slow") {
      started.resolve();
      await finish.promise;
    }
    return textResponse("answered");
  });
  using idle = await setup.connect();
  await write(idle, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await readUntil(idle, "answered");
  using busy = await setup.connect();
  await write(busy, "GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await started.promise;
  const closing = setup.listener.close();
  finish.resolve();
  assert.match(await readUntil(busy, "answered"), /answered$/);
  await closing;
});

Deno.test("listen() reads bodies up to the limit that it was given", async () => {
  const log = new RecordingLogger();
  const handle = async (request: HttpRequest) => {
    const length = await request.readBody().then((body) => body.length, ({ status }) => status);
    return textResponse(`${length}`);
  };
  const listener = listen({ hostname, port: 0, handle, log, bodyBytesMax: 4_000_000 });
  for (const [bytes, answer] of [[4_000_000, "4000000"], [4_000_001, "413"]] as const) {
    const init = { method: "POST", body: "x".repeat(bytes) };
    const response = await fetch(`http://${hostname}:${listener.port}/`, init);
    assert.equal(await response.text(), answer);
  }
  await listener.close();
});
