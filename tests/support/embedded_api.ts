/** Starts the embedded API server for tests, and talks to it in plain HTTP. */

import { parse } from "yaml";
import type { FieldError, JsonObject } from "../../lib/api/meta.ts";
import type { AdmissionRequest } from "../../lib/admission/contract.ts";
import { type Credentials, loadCredentials } from "../../lib/apiserver/credentials.ts";
import { type ApiServer, startApiServer } from "../../lib/apiserver/server.ts";
import type { ApiFaults } from "./api_faults.ts";
import { RecordingLogger } from "./recording_logger.ts";

/** Where Gadgets are, the kind of the test definition. */
export const GADGETS = "/apis/test.example.com/v1alpha1/namespaces/default/gadgets";

/** A definition that uses each feature of schemas once. */
export function readGadgetCrd(): unknown {
  return parse(Deno.readTextFileSync(new URL("../testdata/crds/gadget.yaml", import.meta.url)));
}

/** A line that a test waits for longer than this will not come. */
const LINE_MS_MAX = 10_000;

/** A Gadget as a client would send it. */
export function gadget(name: string, spec: JsonObject = { size: 2 }, more: JsonObject = {}) {
  return {
    apiVersion: "test.example.com/v1alpha1",
    kind: "Gadget",
    metadata: { name },
    spec,
    ...more,
  };
}

export interface EmbeddedApiOptions {
  /** Folder of the database; a new one that goes with the server when absent. */
  readonly folder?: string;
  readonly admit?: (request: AdmissionRequest) => readonly FieldError[];
  readonly nowMs?: () => number;
  /** Definitions; that of Gadgets when absent. */
  readonly crds?: readonly unknown[];
  /** What goes wrong with requests; nothing when absent. */
  readonly faults?: ApiFaults;
}

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

interface EmbeddedApiParts {
  readonly server: ApiServer;
  readonly credentials: Credentials;
  readonly folder: string;
  readonly ownsFolder: boolean;
  readonly log: RecordingLogger;
  readonly faults: ApiFaults | undefined;
}

/** A running server and a client for it. */
export class EmbeddedApi implements AsyncDisposable {
  readonly #client: Deno.HttpClient;

  readonly server: ApiServer;
  readonly credentials: Credentials;
  /** Folder of the database. */
  readonly folder: string;
  readonly log: RecordingLogger;
  readonly #ownsFolder: boolean;
  readonly #faults: ApiFaults | undefined;

  constructor(parts: EmbeddedApiParts) {
    this.server = parts.server;
    this.credentials = parts.credentials;
    this.folder = parts.folder;
    this.log = parts.log;
    this.#ownsFolder = parts.ownsFolder;
    this.#faults = parts.faults;
    this.#client = Deno.createHttpClient({ caCerts: [parts.credentials.cert], http2: false });
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

  async close(): Promise<void> {
    this.#client.close();
    this.#faults?.release();
    await this.server.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    if (this.#ownsFolder) await Deno.remove(this.folder, { recursive: true });
  }

  #fetch(method: string, path: string, { body, headers }: Sent): Promise<Response> {
    const isText = body === undefined || typeof body === "string" || body instanceof Uint8Array;
    return fetch(`${this.server.url}${path}`, {
      method,
      client: this.#client,
      headers: {
        authorization: `Bearer ${this.credentials.token}`,
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

  /** The next line; `undefined` when the server ended the watch. */
  async next(): Promise<WatchLine | undefined> {
    for (;;) {
      const end = this.#rest.indexOf("\n");
      if (end >= 0) {
        const line = this.#rest.slice(0, end);
        this.#rest = this.#rest.slice(end + 1);
        return JSON.parse(line);
      }
      const { value, done } = await this.#read();
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
    // A stream that broke refuses to be cancelled.
    await this.#reader.cancel().catch(() => {});
  }

  async #read(): Promise<ReadableStreamReadResult<string>> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => late.reject(new Error(`No line of the watch came within ${LINE_MS_MAX} ms`)),
      LINE_MS_MAX,
    );
    try {
      return await Promise.race([this.#reader.read(), late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Starts a server on a free port. */
export async function startEmbeddedApi(options: EmbeddedApiOptions = {}): Promise<EmbeddedApi> {
  const folder = options.folder ?? await Deno.makeTempDir();
  const credentials = await loadCredentials(folder);
  const log = new RecordingLogger();
  const server = await startApiServer({
    databasePath: `${folder}/state.db`,
    crds: options.crds ?? [readGadgetCrd()],
    admit: options.admit ?? (() => []),
    token: credentials.token,
    tls: credentials,
    port: 0,
    log,
    nowMs: options.nowMs ?? Date.now,
    intercept: options.faults?.intercept,
  });
  const ownsFolder = options.folder === undefined;
  return new EmbeddedApi({ server, credentials, folder, ownsFolder, log, faults: options.faults });
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
