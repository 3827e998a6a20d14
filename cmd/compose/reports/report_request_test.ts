import assert from "node:assert/strict";
import { writeWhole } from "../../../lib/base/octet_stream.ts";
import { ReportRefused } from "../../../lib/controller/agents/report/report_source.ts";
import { makeCertificate } from "../../../lib/tls/certificate.ts";
import { fetchReport } from "./report_request.ts";
import { AGENT_HOST } from "./report_secret.ts";

const TOKEN = "ab".repeat(32);
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

const own = await makeAgentCertificate();
const previous = await makeAgentCertificate();
const foreign = await makeAgentCertificate();

function makeAgentCertificate(dnsName = AGENT_HOST) {
  return makeCertificate({ commonName: AGENT_HOST, dnsNames: [dnsName], ipAddresses: [] });
}

/** Something that listens where an agent should be. */
interface Listening {
  readonly listener: Deno.Listener;
  /** What it was sent. */
  readonly heard: string[];
}

/** Serves one connection in some way while somebody asks there. */
async function whileServing(
  listener: Deno.Listener,
  serve: (conn: Deno.Conn) => Promise<void>,
  ask: (port: number, heard: readonly string[]) => Promise<void>,
): Promise<void> {
  const { heard }: Listening = { listener, heard: [] };
  const serving = (async () => {
    using conn = await listener.accept();
    try {
      const bytes = new Uint8Array(4096);
      const count = await conn.read(bytes);
      if (count === null) return;
      heard.push(new TextDecoder().decode(bytes.subarray(0, count)));
      await serve(conn);
    } catch {
      // The other side has ended the connection.
    }
  })();
  try {
    await ask((listener.addr as Deno.NetAddr).port, heard);
    await serving;
  } finally {
    listener.close();
  }
}

function listenTls(certificate = own): Deno.TlsListener {
  return Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...certificate });
}

function fetchFrom(port: number, options: {
  readonly lastSeen?: "all" | { readonly mac: string };
  readonly signal?: AbortSignal;
} = {}): Promise<string> {
  const { signal = new AbortController().signal, lastSeen } = options;
  const credentials = { certificates: [own.cert, previous.cert], token: TOKEN };
  const request = { ip: "127.0.0.1", credentials, port };
  return fetchReport(lastSeen === undefined ? request : { ...request, lastSeen }, signal);
}

async function answer(conn: Deno.Conn, text: string): Promise<void> {
  await writeWhole(conn, new TextEncoder().encode(text));
}

/** Until the other side ends the connection. */
async function answerWithoutEnd(conn: Deno.Conn, text: string): Promise<void> {
  for (;;) await answer(conn, text);
}

Deno.test("fetchReport() sends the token to an agent that presents the certificate", async () => {
  await whileServing(listenTls(), (conn) => answer(conn, OK), async (port, heard) => {
    assert.equal(await fetchFrom(port), "{}");
    const [first, ...headers] = heard.join().split("\r\n");
    assert.equal(first, "GET /report HTTP/1.0");
    assert.ok(headers.includes(`Authorization: Bearer ${TOKEN}`));
    assert.ok(headers.includes(`Host: 127.0.0.1:${port}`));
  });
});

Deno.test("fetchReport() accepts the previous certificate of an agent as well", async () => {
  await whileServing(listenTls(previous), (conn) => answer(conn, OK), async (port) => {
    assert.equal(await fetchFrom(port), "{}");
  });
});

for (
  const [lastSeen, path] of [
    ["all", "/report?lastSeen=1"],
    [{ mac: "52:54:00:00:00:01" }, "/report?lastSeen=1&mac=52%3A54%3A00%3A00%3A00%3A01"],
  ] as const
) {
  Deno.test(`fetchReport() can ask for ${path}`, async () => {
    await whileServing(listenTls(), (conn) => answer(conn, OK), async (port, heard) => {
      await fetchFrom(port, { lastSeen });
      assert.ok(heard.join().startsWith(`GET ${path} HTTP/1.0\r\n`), heard.join());
    });
  });
}

for (
  const { name, listen } of [
    { name: "another certificate of the same name", listen: () => listenTls(foreign) },
    {
      name: "a certificate of another name",
      listen: async () => listenTls(await makeAgentCertificate("agent.example")),
    },
  ]
) {
  Deno.test(`fetchReport() sends no token to a host with ${name}`, async () => {
    await whileServing(await listen(), () => Promise.resolve(), async (port, heard) => {
      await assert.rejects(fetchFrom(port), ReportRefused);
      assert.deepEqual(heard, []);
    });
  });
}

Deno.test("fetchReport() sends no token to a host that does not speak TLS", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await whileServing(listener, (conn) => answer(conn, OK), async (port, heard) => {
    await assert.rejects(fetchFrom(port), /InvalidContentType|corrupt/i);
    assert.ok(!heard.join().includes(TOKEN));
  });
});

for (
  const { name, serve, want } of [
    {
      name: "does not accept the token",
      serve: (conn: Deno.Conn) => answer(conn, "HTTP/1.1 401 Unauthorized\r\n\r\n"),
      want: { name: "ReportRefused" },
    },
    {
      name: "answers with an error",
      serve: (conn: Deno.Conn) => answer(conn, "HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n"),
      want: /status 500/,
    },
    {
      name: "answers with a redirect, which is not followed",
      serve: (conn: Deno.Conn) => answer(conn, "HTTP/1.1 302 Oh\r\nLocation: http://a\r\n\r\n"),
      want: /status 302/,
    },
    {
      name: "answers without an end",
      serve: (conn: Deno.Conn) =>
        answer(conn, "HTTP/1.1 200 OK\r\n\r\n").then(() =>
          answerWithoutEnd(conn, "x".repeat(10_000))
        ),
      want: /more than 262144 octets/,
    },
    {
      name: "answers with a head without an end",
      serve: (conn: Deno.Conn) => answerWithoutEnd(conn, "HTTP/1.1 200 OK\r\nx: y\r\n"),
      want: /not HTTP/,
    },
    {
      name: "answers with something else",
      serve: (conn: Deno.Conn) => answer(conn, "SSH-2.0-x\r\n\r\n"),
      want: /not HTTP/,
    },
    {
      name: "says nothing",
      serve: (conn: Deno.Conn) => (conn as Deno.TlsConn).closeWrite(),
      want: /not HTTP/,
    },
    {
      name: "ends too early",
      serve: async (conn: Deno.Conn) => {
        await answer(conn, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}");
        await (conn as Deno.TlsConn).closeWrite();
      },
      want: /ended too early/,
    },
  ]
) {
  Deno.test(`fetchReport() rejects when an agent ${name}`, async () => {
    await whileServing(listenTls(), serve, async (port) => {
      await assert.rejects(fetchFrom(port), want);
    });
  });
}

Deno.test("fetchReport() ends with its signal while an agent keeps silent", async () => {
  const stop = new AbortController();
  const serve = async (conn: Deno.Conn) => {
    stop.abort(new Error("too late"));
    // Until the connection is closed.
    await conn.read(new Uint8Array(1));
  };
  await whileServing(listenTls(), serve, async (port) => {
    await assert.rejects(fetchFrom(port, { signal: stop.signal }), /too late/);
  });
});

Deno.test("fetchReport() ends with its signal during a handshake without an end", async () => {
  const stop = new AbortController();
  const serve = async (conn: Deno.Conn) => {
    stop.abort(new Error("too late"));
    await conn.read(new Uint8Array(1));
  };
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await whileServing(listener, serve, async (port) => {
    await assert.rejects(fetchFrom(port, { signal: stop.signal }), /too late/);
    // The end of this test waits for the end of the connection.
  });
});
