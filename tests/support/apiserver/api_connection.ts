/** Talks to a Kubernetes API in plain HTTP, so that a test sees every octet of it. */

import type { JsonObject } from "../../../lib/base/json.ts";

/** A line that has not come by then will not come at all. */
const LINE_MS_MAX = 10_000;

/** An answer, its body as it came and parsed. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Empty when the body is no JSON. */
  readonly body: JsonObject;
}

/** What a request sends besides its method and path. */
export interface Sent {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A line of a watch. */
export interface WatchLine {
  readonly type: string;
  readonly object: JsonObject;
}

/** The server that a connection goes to, and its user. */
export interface ApiConnectionOptions {
  /** URL without a slash at its end. */
  readonly server: string;
  /** PEM. */
  readonly certificateAuthority: string;
  readonly token: string;
}

/** Requests with a token. */
export class ApiConnection implements Disposable {
  readonly #options: ApiConnectionOptions;
  readonly #client: Deno.HttpClient;

  constructor(options: ApiConnectionOptions) {
    this.#options = options;
    this.#client = Deno.createHttpClient({ caCerts: [options.certificateAuthority], http2: false });
  }

  /** Sends a request with the token; the body is JSON unless the headers say otherwise. */
  async send(method: string, path: string, { body, headers = {} }: Sent = {}): Promise<Answer> {
    const response = await this.#fetch(method, path, { body, headers });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: parseBody(text) };
  }

  /** Sends a JSON merge patch. */
  mergePatch(path: string, patch: JsonObject): Promise<Answer> {
    const headers = { "content-type": "application/merge-patch+json" };
    return this.send("PATCH", path, { body: patch, headers });
  }

  /** Opens a watch; it is open, and its first lines are on their way, when this resolves. */
  async watch(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Watch> {
    const separator = path.includes("?") ? "&" : "?";
    const response = await this.#fetch("GET", `${path}${separator}watch=true`, { headers });
    return new Watch(response);
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }

  #fetch(method: string, path: string, { body, headers }: Sent): Promise<Response> {
    const isText = body === undefined || typeof body === "string" || body instanceof Uint8Array;
    return fetch(`${this.#options.server}${path}`, {
      method,
      client: this.#client,
      headers: {
        authorization: `Bearer ${this.#options.token}`,
        "content-type": "application/json",
        ...headers,
      },
      ...(body === undefined ? {} : { body: (isText ? body : JSON.stringify(body)) as BodyInit }),
    });
  }
}

/** The lines of a watch, as they come. */
export class Watch implements AsyncDisposable {
  readonly status: number;
  readonly #reader: ReadableStreamDefaultReader<string>;
  #rest = "";

  constructor(response: Response) {
    this.status = response.status;
    this.#reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** The next line; `undefined` when the server ended the watch. @throws {Error} when none comes. */
  async next(limitMs = LINE_MS_MAX): Promise<WatchLine | undefined> {
    for (;;) {
      const end = this.#rest.indexOf("\n");
      if (end >= 0) {
        const line = this.#rest.slice(0, end);
        this.#rest = this.#rest.slice(end + 1);
        return JSON.parse(line);
      }
      const { value, done } = await this.#read(limitMs);
      if (done) return undefined;
      this.#rest += value;
    }
  }

  /** The types of the next lines with the names of their objects, such as `ADDED a`. */
  async nextNames(count: number): Promise<string[]> {
    const names: string[] = [];
    while (names.length < count) {
      const line = await this.next();
      if (line === undefined) return names;
      names.push(`${line.type} ${(line.object["metadata"] as JsonObject)["name"]}`);
    }
    return names;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A broken stream cannot be cancelled.
    await this.#reader.cancel().catch(() => {});
  }

  async #read(limitMs: number): Promise<ReadableStreamReadResult<string>> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => late.reject(new Error(`No line of the watch came within ${limitMs} ms`)),
      limitMs,
    );
    try {
      return await Promise.race([this.#reader.read(), late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** A member of an object of an answer, by its dotted path; `undefined` when it is not there. */
export function at(object: unknown, path: string): unknown {
  let found = object;
  for (const key of path.split(".")) found = (found as JsonObject | undefined)?.[key];
  return found;
}

function parseBody(text: string): JsonObject {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
