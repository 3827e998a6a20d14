/** One request to a scripted server, and every good and bad way to answer it. */

import type { Socket } from "node:net";

const BLANK_LINE = "\r\n\r\n";

/** A request that was read to its end; the script decides on the answer. */
export class Exchange {
  readonly method: string;
  /** Path with query. */
  readonly target: string;
  readonly headers: Headers;
  readonly body: string;
  /** True when the connection must not be used any more. */
  ended = false;
  readonly #socket: Socket;
  readonly #input: AsyncIterator<Uint8Array>;

  private constructor(socket: Socket, input: AsyncIterator<Uint8Array>, text: string) {
    this.#socket = socket;
    this.#input = input;
    const [head = "", ...body] = text.split(BLANK_LINE);
    const [first = "", ...lines] = head.split("\r\n");
    const [method = "", target = ""] = first.split(" ");
    this.method = method;
    this.target = target;
    this.headers = new Headers(lines.map((line): [string, string] => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    }));
    const raw = body.join(BLANK_LINE);
    this.body = this.headers.has("transfer-encoding") ? unchunk(raw) : raw;
  }

  /** Waits for a request; `undefined` when the client closes the connection instead. */
  static async begin(
    socket: Socket,
    input: AsyncIterator<Uint8Array>,
  ): Promise<Exchange | undefined> {
    let text = "";
    while (!isWhole(text)) {
      const { done, value } = await input.next();
      if (done) return undefined;
      // Requests of the tests are ASCII.
      text += new TextDecoder("latin1").decode(value);
    }
    return new Exchange(socket, input, text);
  }

  get path(): string {
    return this.target.split("?")[0] ?? "";
  }

  get query(): URLSearchParams {
    return new URLSearchParams(this.target.split("?")[1] ?? "");
  }

  /** Answers as a healthy server does. */
  async respond(
    status: number,
    body: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const bytes = new TextEncoder().encode(text);
    await this.#write(head(status, { "content-length": String(bytes.length), ...headers }));
    await this.#write(bytes);
  }

  /** Begins an answer in chunks. */
  async startStream(): Promise<void> {
    await this.#write(head(200, { "transfer-encoding": "chunked" }));
  }

  /** Writes one chunk of the answer. */
  async write(chunk: string | Uint8Array): Promise<void> {
    const bytes = typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk;
    await this.#write(`${bytes.length.toString(16)}\r\n`);
    await this.#write(bytes);
    await this.#write("\r\n");
  }

  /** Writes one watch event. */
  async event(type: string, object: unknown): Promise<void> {
    await this.write(`${JSON.stringify({ type, object })}\n`);
  }

  /** Ends an answer in chunks properly; the connection can be used again. */
  async endStream(): Promise<void> {
    await this.#write("0\r\n\r\n");
  }

  /** Closes the connection: the client sees an end, perhaps in the middle of an answer. */
  close(): void {
    this.ended = true;
    this.#socket.destroy();
  }

  /** Resets the connection: the client sees an error. */
  reset(): void {
    this.ended = true;
    this.#socket.resetAndDestroy();
  }

  /** Sends nothing more. Resolves when the client closes its side. */
  async clientGone(): Promise<void> {
    this.ended = true;
    await this.#input.next().catch(() => undefined);
  }

  #write(data: string | Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.write(data, (error) => error ? reject(error) : resolve());
    });
  }
}

function isWhole(text: string): boolean {
  const end = text.indexOf(BLANK_LINE);
  if (end < 0) return false;
  const headers = text.slice(0, end);
  if (/\r\ntransfer-encoding: *chunked/i.test(headers)) return text.endsWith(`0${BLANK_LINE}`);
  const length = /\r\ncontent-length: *(\d+)/i.exec(headers)?.[1] ?? "0";
  return text.length >= end + BLANK_LINE.length + Number(length);
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
