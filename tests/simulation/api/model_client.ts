/** A client of the model API server, behind a network that can fail in every way. */

import type { Clock } from "../../../lib/base/clock.ts";
import type { JsonPatchStep } from "../../../lib/api/json_patch.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import {
  keyOf,
  type KubeObject,
  type NamespacedName,
  type ResourceType,
} from "../../../lib/api/meta.ts";
import {
  type DeleteOptions,
  type KubeClient,
  type KubeList,
  type ListOptions,
  StatusError,
  type WatchEvent,
  type WatchOptions,
  type WriteOptions,
} from "../../../lib/kube/contract.ts";
import type { Link } from "./link.ts";
import type { ModelApi } from "./model_api.ts";
import { asJson } from "./object_rules.ts";
import { watchModel } from "./model_watch.ts";

/** What a client is made of. */
export interface ModelClientOptions {
  readonly api: ModelApi;
  readonly link: Link;
  /** Of the process: what it awaits comes when it can run. */
  readonly clock: Clock;
  /** Of the world: what was sent arrives, whatever becomes of its sender. */
  readonly wire: Clock;
  /** The process, as commits name it. */
  readonly by: string;
  /** Asked before each write, as by the client of the program. */
  readonly mayWrite?: () => boolean;
}

/** Objects of a page, however many are asked for: small, so that there are pages at all. */
const PAGE_OBJECTS = 4;

/** A request on its way. */
interface Sending<T> {
  readonly verb: string;
  readonly type: ResourceType;
  /** Of the object that is written; absent for a read. */
  readonly written?: string;
  readonly signal?: AbortSignal | undefined;
  readonly serve: () => T;
}

/**
 * Talks to the model as `lib/kube/client` talks to a cluster: what is sent is what stands there when a
 * request is made, whatever becomes of it meanwhile.
 */
export class ModelClient implements KubeClient {
  constructor(readonly options: ModelClientOptions) {}

  get(type: ResourceType, name: NamespacedName, signal?: AbortSignal): Promise<KubeObject> {
    const { api } = this.options;
    return this.#send({ verb: "get", type, signal, serve: () => api.get(type, name) });
  }

  list(type: ResourceType, options: ListOptions = {}): Promise<KubeList> {
    const { signal } = options;
    const { api, link } = this.options;
    const serve = () => listModel(api, link, { type, options });
    return this.#send({ verb: "list", type, signal, serve });
  }

  create(
    type: ResourceType,
    object: KubeObject,
    { signal }: WriteOptions = {},
  ): Promise<KubeObject> {
    const { api, by } = this.options;
    const sent = asJson(object);
    const serve = () => api.create({ type, by }, sent);
    return this.#send({ verb: "create", type, written: keyOf(object), signal, serve });
  }

  replace(
    type: ResourceType,
    object: KubeObject,
    options: WriteOptions = {},
  ): Promise<KubeObject> {
    const { api, by } = this.options;
    const { signal, subresource } = options;
    const text = JSON.stringify(object);
    options.onLength?.(text.length);
    const sent = JSON.parse(text);
    const serve = () => answerOf(api.replace({ type, by, subresource }, sent), options);
    return this.#send({ verb: "replace", type, written: keyOf(object), signal, serve });
  }

  mergePatch(
    type: ResourceType,
    name: NamespacedName,
    patch: JsonObject,
    options: WriteOptions = {},
  ): Promise<KubeObject> {
    const { api, by } = this.options;
    const { signal, subresource } = options;
    const sent = asJson(patch);
    const serve = () => answerOf(api.mergePatch({ type, by, subresource }, name, sent), options);
    const written = keyOf({ metadata: name });
    return this.#send({ verb: "mergePatch", type, written, signal, serve });
  }

  jsonPatch(
    type: ResourceType,
    name: NamespacedName,
    patch: readonly JsonPatchStep[],
    options: WriteOptions = {},
  ): Promise<KubeObject> {
    const { api, by } = this.options;
    const { signal, subresource } = options;
    const serve = () => answerOf(api.jsonPatch({ type, by, subresource }, name, patch), options);
    const written = keyOf({ metadata: name });
    return this.#send({ verb: "jsonPatch", type, written, signal, serve });
  }

  async delete(
    type: ResourceType,
    name: NamespacedName,
    { signal, preconditions }: DeleteOptions = {},
  ): Promise<void> {
    const { api, by } = this.options;
    const serve = () => api.delete({ type, by }, name, preconditions);
    await this.#send({ verb: "delete", type, written: keyOf({ metadata: name }), signal, serve });
  }

  watch(type: ResourceType, options: WatchOptions): AsyncIterable<WatchEvent> {
    return watchModel(this.options, type, options);
  }

  /** Carries one request to the server and its answer back, as far as the network lets it. */
  async #send<T>({ verb, type, written, signal, serve }: Sending<T>): Promise<T> {
    const { link, clock, wire, mayWrite = () => true } = this.options;
    signal?.throwIfAborted();
    if (link.isDead) await new Promise(() => {});
    const isWrite = written !== undefined;
    if (isWrite && !mayWrite()) {
      throw new Error(`${verb} ${type.plural}: this process does not lead`);
    }
    const request = { verb, type, key: written ?? "", isWrite };
    const fate = link.send(request);
    await wire.sleep(fate.toServerMs);
    const outcome = link.serve(request, fate, serve);
    await clock.sleep(fate.toClientMs, signal);
    signal?.throwIfAborted();
    if (!outcome.ok) throw outcome.error;
    return outcome.value;
  }
}

function answerOf(object: KubeObject, { answer }: WriteOptions): KubeObject {
  const { apiVersion, kind, metadata } = object;
  return answer === "metadata" ? { apiVersion, kind, metadata } : object;
}

function listModel(
  api: ModelApi,
  link: Link,
  { type, options }: { readonly type: ResourceType; readonly options: ListOptions },
): KubeList {
  const { namespace, limit, resourceVersion = "" } = options;
  const isAsked = ({ metadata }: KubeObject) =>
    namespace === undefined || metadata.namespace === namespace;
  const [at, from] = options.continue
    ? options.continue.split("/").map(Number)
    : [resourceVersion === "" ? api.version : link.versionSince(Number(resourceVersion)), 0];
  if (options.continue && at! < api.compacted) throw expired();
  const objects = api.listAt(type, at!).filter(isAsked);
  const to = limit === undefined || resourceVersion !== "" ? objects.length : from! + PAGE_OBJECTS;
  return {
    resourceVersion: String(at),
    continue: to < objects.length ? `${at}/${to}` : "",
    items: objects.slice(from, to),
  };
}

/** The answer to a version that the server has forgotten. */
export function expired(): StatusError {
  return new StatusError(410, "Expired", "too old resource version");
}
