/**
 * An HTTP/1.1 server on loopback that does to its clients whatever a test wants: resets, silence,
 * half an answer. Answers are written by hand, so that nothing corrects them.
 */

const BLANK_LINE = "\r\n\r\n";

/** What a test does with a request; the connection is closed when it throws. */
export type Script = (exchange: Exchange) => Promise<void> | void;

/** Listens until it is closed. */
export class ScriptedServer {
  /** Requests so far, such as `GET /api/v1/namespaces?limit=1`. */
  readonly requests: string[] = [];
  /** Connections that were accepted so far. */
  connections = 0;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #open = new Set<Deno.TcpConn>();
  readonly #served: Promise<void>;
  #closed = false;

  constructor(script: Script) {
    this.#served = this.#accept(script);
  }

  /** Without a slash at its end. */
  get url(): string {
    return `http://127.0.0.1:${this.#listener.addr.port}`;
  }

  /** Connections that neither side has closed, as far as the script has looked. */
  get openConnections(): number {
    return this.#open.size;
  }

  /** Closes everything; again does nothing. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener.close();
    for (const connection of this.#open) connection.close();
    this.#open.clear();
    await this.#served;
  }

  async #accept(script: Script): Promise<void> {
    const serving: Promise<void>[] = [];
    try {
      for await (const connection of this.#listener) {
        this.connections++;
        connection.setNoDelay(true);
        this.#open.add(connection);
        serving.push(this.#serve(connection, script));
      }
    } finally {
      await Promise.all(serving);
    }
  }

  async #serve(connection: Deno.TcpConn, script: Script): Promise<void> {
    try {
      for (;;) {
        const exchange = await Exchange.begin(connection);
        if (exchange === undefined) break;
        this.requests.push(`${exchange.method} ${exchange.target}`);
        await script(exchange);
        if (exchange.ended) break;
      }
    } catch {
      // The client is gone, or the test has closed the server.
    }
    if (this.#open.delete(connection)) connection.close();
  }
}

/** One request and what becomes of it. */
export class Exchange {
  readonly method: string;
  /** Path with query. */
  readonly target: string;
  /** True when the connection must not be used any more. */
  ended = false;
  readonly #connection: Deno.TcpConn;
  #text: string;
  #restIsRead = false;

  private constructor(connection: Deno.TcpConn, text: string) {
    this.#connection = connection;
    this.#text = text;
    const [method = "", target = ""] = text.split(" ");
    this.method = method;
    this.target = target;
  }

  /** Reads no more than the first line; see {@link reset}. */
  static async begin(connection: Deno.TcpConn): Promise<Exchange | undefined> {
    let text = "";
    while (!text.includes("\r\n")) {
      const more = await read(connection, 16);
      if (more === undefined) return undefined;
      text += more;
    }
    return new Exchange(connection, text);
  }

  get path(): string {
    return this.target.split("?")[0] ?? "";
  }

  get query(): URLSearchParams {
    return new URLSearchParams(this.target.split("?")[1] ?? "");
  }

  /** Reads the request to its end. */
  async request(): Promise<{ readonly headers: Headers; readonly body: string }> {
    while (!this.#restIsRead && !this.#isWhole()) {
      const more = await read(this.#connection, 65_536);
      if (more === undefined) throw new Error("the client closed the connection");
      this.#text += more;
    }
    this.#restIsRead = true;
    const [head = "", ...body] = this.#text.split(BLANK_LINE);
    const lines = head.split("\r\n").slice(1).map((line): [string, string] => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    });
    const headers = new Headers(lines);
    const raw = body.join(BLANK_LINE);
    return { headers, body: headers.has("transfer-encoding") ? unchunk(raw) : raw };
  }

  /** Answers as a healthy server does. */
  async respond(
    status: number,
    body: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    await this.request();
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const bytes = new TextEncoder().encode(text);
    await this.writeRaw(head(status, { "content-length": String(bytes.length), ...headers }));
    await this.writeRaw(bytes);
  }

  /** Begins an answer in chunks. */
  async startStream(): Promise<void> {
    await this.writeRaw(head(200, { "transfer-encoding": "chunked" }));
  }

  /** Writes one chunk of the answer. */
  async write(chunk: string | Uint8Array): Promise<void> {
    const bytes = typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk;
    await this.writeRaw(`${bytes.length.toString(16)}\r\n`);
    await this.writeRaw(bytes);
    await this.writeRaw("\r\n");
  }

  /** Writes one watch event. */
  async event(type: string, object: unknown): Promise<void> {
    await this.write(`${JSON.stringify({ type, object })}\n`);
  }

  /** Ends an answer in chunks properly; the connection can be used again. */
  async endStream(): Promise<void> {
    await this.request();
    await this.writeRaw("0\r\n\r\n");
  }

  async writeRaw(data: string | Uint8Array): Promise<void> {
    let bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    while (bytes.length > 0) bytes = bytes.subarray(await this.#connection.write(bytes));
  }

  /** Closes after the whole request was read: the client sees an end, in the middle of whatever. */
  async close(): Promise<void> {
    await this.request();
    this.ended = true;
  }

  /**
   * Resets the connection: the kernel does so when a socket is closed that holds unread bytes, so
   * the request must not have been read beyond its first line.
   */
  reset(): void {
    if (this.#restIsRead) throw new Error("the request was read, closing would not reset");
    this.ended = true;
  }

  /** Resolves when the client closes its side. */
  async clientGone(): Promise<void> {
    await this.request();
    this.ended = true;
    await read(this.#connection, 1).catch(() => undefined);
  }

  #isWhole(): boolean {
    const end = this.#text.indexOf(BLANK_LINE);
    if (end < 0) return false;
    const chunked = /\r\ntransfer-encoding: *chunked/i.test(this.#text.slice(0, end));
    const length = /\r\ncontent-length: *(\d+)/i.exec(this.#text.slice(0, end))?.[1] ?? "0";
    return chunked
      ? this.#text.endsWith(`0${BLANK_LINE}`)
      : this.#text.length >= end + BLANK_LINE.length + Number(length);
  }
}

/** Text of at most so many bytes; requests of the tests are ASCII. */
async function read(connection: Deno.TcpConn, bytesMax: number): Promise<string | undefined> {
  const buffer = new Uint8Array(bytesMax);
  const length = await connection.read(buffer);
  return length === null ? undefined : new TextDecoder("latin1").decode(buffer.subarray(0, length));
}

function head(status: number, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries({ "content-type": "application/json", ...headers });
  return [`HTTP/1.1 ${status} Whatever`, ...lines.map((line) => line.join(": "))].join("\r\n") +
    BLANK_LINE;
}

function unchunk(text: string): string {
  let body = "";
  for (let rest = text; rest !== "";) {
    const end = rest.indexOf("\r\n");
    const length = parseInt(rest.slice(0, end), 16);
    body += rest.slice(end + 2, end + 2 + length);
    rest = rest.slice(end + 2 + length + 2);
    if (length === 0) break;
  }
  return body;
}
