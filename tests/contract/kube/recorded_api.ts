/** A Kubernetes API whose answers are written down, to be compared with those of another server. */

import type { JsonObject } from "../../../lib/base/json.ts";
import type { KubeObject } from "../../../lib/api/meta.ts";
import {
  type Answer,
  type ApiConnection,
  at,
  type Sent,
} from "../../support/apiserver/api_connection.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";

/** A request and its result, or some events of a watch. */
export interface Step {
  /** Such as `POST gadgets?dryRun=All`. */
  readonly request: string;
  readonly result: unknown;
}

/** A scenario of clients. */
export interface ContractCase {
  /** Completes "the embedded API server answers like kube-apiserver ...". */
  readonly name: string;
  run(api: RecordedApi): Promise<void>;
}

const GADGET_VERSION = "test.example.com/v1alpha1";
/** Garbage collection runs in the background, so it takes a while. */
const COLLECTION_MS_MAX = 15_000;

export const MERGE_PATCH = "application/merge-patch+json";
export const JSON_PATCH = "application/json-patch+json";
export const STRATEGIC_PATCH = "application/strategic-merge-patch+json";
export const APPLY_PATCH = "application/apply-patch+yaml";

/** One namespace of one server. */
export class RecordedApi {
  readonly steps: Step[] = [];
  /** Paths of collections in the namespace. */
  readonly gadgets: string;
  readonly ippools: string;
  readonly vmnetcfgs: string;

  constructor(readonly connection: ApiConnection, readonly namespace: string) {
    this.gadgets = this.path(GADGET_VERSION, "gadgets");
    this.ippools = this.path("network.harvesterhci.io/v1alpha1", "ippools");
    this.vmnetcfgs = this.path("network.harvesterhci.io/v1alpha1", "virtualmachinenetworkconfigs");
  }

  /** Path of a collection in the namespace. */
  path(apiVersion: string, plural: string): string {
    const root = apiVersion.includes("/") ? "/apis" : "/api";
    return `${root}/${apiVersion}/namespaces/${this.namespace}/${plural}`;
  }

  async send(method: string, path: string, sent: Sent = {}): Promise<Answer> {
    const answer = await this.connection.send(method, path, sent);
    this.steps.push({ request: `${method} ${this.#label(path)}`, result: resultOf(answer) });
    return answer;
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.send("GET", path, { headers });
  }

  post(path: string, body: unknown): Promise<Answer> {
    return this.send("POST", path, { body });
  }

  put(path: string, body: unknown): Promise<Answer> {
    return this.send("PUT", path, { body });
  }

  patch(path: string, body: unknown, type = MERGE_PATCH): Promise<Answer> {
    return this.send("PATCH", path, { body, headers: { "content-type": type } });
  }

  delete(path: string, options?: JsonObject): Promise<Answer> {
    return this.send("DELETE", path, options === undefined ? {} : { body: options });
  }

  /** Makes a gadget, which has to succeed. */
  async make(name: string, changes: GadgetChanges = {}): Promise<KubeObject> {
    const { body, status, text } = await this.post(this.gadgets, gadget(name, changes));
    if (status !== 201) throw new Error(`cannot make gadget ${name}: ${text}`);
    return body as unknown as KubeObject;
  }

  /** Opens a watch, reads this many of its events and records them. */
  async watch(
    path: string,
    { count, meanwhile = () => Promise.resolve(), headers }: WatchOptions,
  ): Promise<void> {
    await using watch = await this.connection.watch(path, headers);
    await meanwhile();
    const events: unknown[] = [];
    while (events.length < count) {
      const event = await watch.next();
      if (event === undefined) {
        events.push("end of the watch");
        break;
      }
      events.push(event);
    }
    this.steps.push({
      request: `watch ${this.#label(path)}`,
      result: { status: watch.status, events },
    });
  }

  /** Waits until the object at a path is gone, without recording the requests. */
  async untilGone(path: string): Promise<void> {
    await waitUntil(async () => {
      const { status } = await this.connection.send("GET", path);
      return status === 404 || undefined;
    }, { what: `${path} to go`, limitMs: COLLECTION_MS_MAX });
  }

  /** Waits until the object at a path is as it should be, without recording the requests. */
  async until(path: string, holds: (object: JsonObject) => boolean): Promise<void> {
    await waitUntil(async () => {
      const { body } = await this.connection.send("GET", path);
      return holds(body) || undefined;
    }, { what: `${path} to change`, limitMs: COLLECTION_MS_MAX });
  }

  /** `apis/group/version/namespaces/this` is the same in nearly every request. */
  #label(path: string): string {
    return path.replace(new RegExp(`^/apis?/.*/namespaces/${this.namespace}/`), "");
  }
}

/** Options of {@link RecordedApi.watch}. */
export interface WatchOptions {
  readonly count: number;
  /** What happens while the watch is open. */
  readonly meanwhile?: () => Promise<unknown>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What is special about a gadget. */
export interface GadgetChanges {
  readonly metadata?: JsonObject;
  readonly spec?: JsonObject;
  readonly more?: JsonObject;
}

/** A gadget as a client would send it. */
export function gadget(name: string, { metadata, spec, more }: GadgetChanges = {}): JsonObject {
  return {
    apiVersion: GADGET_VERSION,
    kind: "Gadget",
    metadata: { name, ...metadata },
    spec: { size: 2, ...spec },
    ...more,
  };
}

/** resourceVersion of the object of an answer. */
export function versionOf(answer: { readonly body: JsonObject }): string {
  return String(at(answer.body, "metadata.resourceVersion"));
}

function resultOf({ status, headers, text, body }: Answer): JsonObject {
  const isJson = headers.get("content-type")?.startsWith("application/json") ?? false;
  const warning = headers.get("warning");
  return {
    status,
    contentType: headers.get("content-type"),
    ...(warning === null ? {} : { warning }),
    body: isJson ? body : text,
  };
}
