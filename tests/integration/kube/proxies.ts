/** Small proxies that connect every client to one place. */

import { closeQuietly } from "../../../lib/base/octet_stream.ts";

/** A proxy on loopback; disposing ends it. */
export interface TestProxy extends AsyncDisposable {
  readonly port: number;
  /** Targets that clients asked for, such as `example.com:443`. */
  readonly targets: readonly string[];
}

/** A relay whose connections can lead to another place later on. */
export interface TestRelay extends TestProxy {
  /** New connections go to this port. */
  lead(port: number): void;
  /** The number of connections to this port. */
  led(port: number): number;
}

/** Relays connections to a port of loopback. */
export function startRelay(port: number): TestRelay {
  let now = port;
  const proxy = startProxy({ greet: () => Promise.resolve(String(now)), port: () => now });
  return {
    ...proxy,
    lead: (to) => now = to,
    led: (to) => proxy.targets.filter((target) => target === String(to)).length,
  };
}

interface Dialogue {
  /** Reads the client's request; `undefined` when it is refused. */
  readonly greet: (client: Deno.Conn) => Promise<string | undefined>;
  readonly port: () => number;
}

/** An HTTP proxy with CONNECT (RFC 9110 section 9.3.6) that asks for a user and password. */
export function startHttpProxy(port: number, credentials: string): TestProxy {
  const wanted = `proxy-authorization: basic ${btoa(credentials)}`.toLowerCase();
  return startProxy({
    port: () => port,
    greet: async (client) => {
      let head = "";
      while (!head.endsWith("\r\n\r\n")) head += text(await readSome(client));
      const isAllowed = head.toLowerCase().includes(wanted);
      const status = isAllowed ? "200 OK" : "407 Proxy Authentication Required";
      await client.write(bytes(`HTTP/1.1 ${status}\r\n\r\n`));
      return isAllowed ? /^CONNECT (\S+)/.exec(head)?.[1] : undefined;
    },
  });
}

/** A SOCKS5 proxy without authentication (RFC 1928). */
export function startSocksProxy(port: number): TestProxy {
  return startProxy({
    port: () => port,
    greet: async (client) => {
      await readSome(client);
      await client.write(new Uint8Array([5, 0]));
      const request = await readSome(client);
      await client.write(new Uint8Array([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
      const address = request[3] === 1
        ? request.subarray(4, 8).join(".")
        : text(request.subarray(5, 5 + request[4]!));
      return `${address}:${(request.at(-2)! << 8) + request.at(-1)!}`;
    },
  });
}

function startProxy({ greet, port }: Dialogue): TestProxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const targets: string[] = [];
  const served = new Set<Promise<void>>();
  const open = new Set<Deno.Conn>();
  const serve = async (client: Deno.Conn) => {
    const target = await greet(client);
    if (target === undefined) return client.close();
    targets.push(target);
    const there = await Deno.connect({ hostname: "127.0.0.1", port: port() });
    open.add(there);
    await Promise.allSettled([
      client.readable.pipeTo(there.writable),
      there.readable.pipeTo(client.writable),
    ]);
  };
  // A client that is connected to nothing is told so: it would wait until its own limit.
  const serveOrClose = (client: Deno.Conn) => serve(client).catch(() => closeQuietly(client));
  const accepted = (async () => {
    for await (const client of listener) {
      open.add(client);
      served.add(serveOrClose(client));
    }
  })().catch(() => {});
  return {
    port: listener.addr.port,
    targets,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const conn of open) closeQuietly(conn);
      await accepted;
      await Promise.all(served);
    },
  };
}

async function readSome(conn: Deno.Conn): Promise<Uint8Array> {
  const buffer = new Uint8Array(4096);
  const count = await conn.read(buffer);
  if (count === null) throw new Error("the client has gone");
  return buffer.subarray(0, count);
}

function text(octets: Uint8Array): string {
  return new TextDecoder().decode(octets);
}

function bytes(words: string): Uint8Array {
  return new TextEncoder().encode(words);
}
