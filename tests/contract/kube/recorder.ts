/**
 * Records what a server says, without what differs between any two servers: identifiers, times,
 * the wording of messages. Two servers agree on a case when its recordings are equal.
 */

import type { JsonObject } from "../../../lib/api/meta.ts";
import type { Answer, ApiConnection, Sent, Watch } from "../../support/api_connection.ts";

/** Members of `metadata` that name the server's own bookkeeping. */
const BOOKKEEPING = new Set(["uid", "creationTimestamp", "deletionTimestamp", "managedFields"]);

/** A connection to a server under test, and a namespace of a case's own there. */
export interface ServerUnderTest {
  readonly api: ApiConnection;
  readonly namespace: string;
}

/** Sends the requests of a case and keeps what came back. */
export class Recorder {
  readonly recording: unknown[] = [];
  readonly namespace: string;
  readonly api: ApiConnection;
  /** Versions of objects in the order in which they were seen. */
  readonly #versions: string[] = [];

  constructor({ api, namespace }: ServerUnderTest) {
    this.api = api;
    this.namespace = namespace;
  }

  /** Path of a collection in the case's namespace. @param groupVersion Such as `apis/apps/v1`. */
  path(plural: string, groupVersion: string): string {
    return `/${groupVersion}/namespaces/${this.namespace}/${plural}`;
  }

  /** Sends a request and records its answer. */
  async send(method: string, path: string, sent: Sent = {}): Promise<Answer> {
    const answer = await this.api.send(method, path, sent);
    this.note({
      request: `${method} ${this.#withoutNamespace(path)}`,
      status: answer.status,
      body: this.normalize(answer.body),
    });
    return answer;
  }

  /** Sends a request that only prepares the case. */
  async quietly(method: string, path: string, sent: Sent = {}): Promise<Answer> {
    const answer = await this.api.send(method, path, sent);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer;
  }

  /** Sends a patch and records its answer. @param kind `merge`, `json` and so on. */
  patch(kind: string, path: string, body: unknown): Promise<Answer> {
    const headers = { "content-type": `application/${kind}-patch+json` };
    return this.send("PATCH", path, { body, headers });
  }

  /** Opens a watch. */
  async watch(path: string): Promise<Watch> {
    const watch = await this.api.watch(path);
    this.note({ request: `WATCH ${this.#withoutNamespace(path)}`, status: watch.status });
    return watch;
  }

  /** Records the next lines of a watch. */
  async lines(watch: Watch, count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const line = await watch.next();
      this.note(
        line === undefined ? "the watch ended" : {
          type: line.type,
          object: this.normalize(line.object),
        },
      );
    }
  }

  /** Records a remark. */
  note(value: unknown): void {
    this.recording.push(value);
  }

  /** A value without what two servers may differ in. */
  normalize(value: unknown): unknown {
    if (isStatus(value)) return normalizeStatus(value, (text) => this.#withoutNamespace(text));
    return this.#normalize(value, "");
  }

  #normalize(value: unknown, key: string): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#normalize(item, key));
    if (typeof value === "string") return this.#withoutNamespace(value);
    if (typeof value !== "object" || value === null) return value;
    const isMetadata = key === "metadata";
    const isListMetadata = isMetadata && !("name" in value);
    const entries = Object.entries(value)
      .filter(([name]) => name !== "managedFields" && name !== "selfLink")
      .map(([name, member]): [string, unknown] => {
        if (isMetadata && BOOKKEEPING.has(name)) return [name, `<${name}>`];
        if (name === "uid" || name === "continue") return [name, `<${name}>`];
        if (isMetadata && name === "resourceVersion") {
          return [name, isListMetadata ? "<list>" : this.#rankOf(String(member))];
        }
        return [name, this.#normalize(member, name)];
      });
    return Object.fromEntries(entries.toSorted(([a], [b]) => a < b ? -1 : 1));
  }

  /** The place of a version among those seen so far, and whether it is newer than all before. */
  #rankOf(version: string): string {
    const known = this.#versions.indexOf(version);
    if (known >= 0) return `version ${known}`;
    const isNewer = this.#versions.every((other) => BigInt(other) < BigInt(version));
    this.#versions.push(version);
    return `version ${this.#versions.length - 1}, ${isNewer ? "newer" : "OLDER"}`;
  }

  #withoutNamespace(text: string): string {
    return text.replaceAll(this.namespace, "<namespace>");
  }
}

function isStatus(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "Status";
}

/** Code, reason and the fields of the causes; what is said of them is each server's own. */
function normalizeStatus(
  { status, code = null, reason = null, details }: JsonObject,
  withoutNamespace: (text: string) => string,
): JsonObject {
  const { name = "", kind = "", group = "", causes = [] } = (details ?? {}) as {
    readonly name?: string;
    readonly kind?: string;
    readonly group?: string;
    readonly causes?: readonly { readonly reason?: string; readonly field?: string }[];
  };
  const fields = causes.map(({ reason = "", field = "" }) => `${reason} ${field}`).toSorted();
  return {
    kind: "Status",
    status: status ?? null,
    code,
    reason,
    details: { name: withoutNamespace(name), kind, group },
    causes: fields,
  };
}
