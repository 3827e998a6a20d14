/** The client of the Kubernetes API, over HTTP or in one process with its server. */

import { ConcurrencyLimiter } from "../../base/concurrency_limiter.ts";
import { defined, type JsonObject } from "../../base/json.ts";
import type { Clock } from "../../base/clock.ts";
import { Turns } from "../../base/turns.ts";
import type { JsonPatchStep } from "../../api/json_patch.ts";
import type { MetricRegistry } from "../../observe/metrics.ts";
import {
  type KubeObject,
  type NamespacedName,
  namespacedNameOf,
  type ResourceType,
} from "../../api/meta.ts";
import type { ClusterAccess } from "../access/cluster_access.ts";
import {
  type DeleteOptions,
  type KubeClient,
  type KubeList,
  type ListOptions,
  StatusError,
  type WatchEvent,
  type WatchOptions,
  type WriteOptions,
} from "../contract.ts";
import { Deadline } from "../../base/abort.ts";
import { InProcessTransport, type RequestHandler } from "./transport/in_process_transport.ts";
import { asKubeList, asKubeObject, keptOf, metadataOf } from "./kube_objects.ts";
import { listQuery, resourcePath, watchQuery, writeQuery } from "./resource_url.ts";
import { readAnswer } from "./answer.ts";
import { type AnswerLimits, AnswerMeter, LIST_LIMITS, OBJECT_LIMITS } from "./answer_limits.ts";
import { RestClientMetrics } from "./rest_client_metrics.ts";
import { retryDelayMs } from "./retry.ts";
import { TextPool } from "./text_pool.ts";
import {
  describeRequest,
  type RequestSender,
  Transport,
  type TransportOptions,
  type TransportRequest,
} from "./transport/transport.ts";
import { TransportError, transportErrorOf } from "./transport/transport_error.ts";
import { watchEvents } from "./watch_stream.ts";

/** Requests under way at once, watches aside. */
const REQUESTS_MAX = 16;

/** Time for a whole answer. */
const UNARY_MS_MAX = 15_000;

const JSON_BODY = "application/json";

/** Asks for metadata only, else for JSON as always (Kubernetes API concepts, "Metadata-only fetches"). */
const METADATA_ONLY =
  "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";

/** What the client needs from outside. */
export interface RestClientOptions extends TransportOptions {
  readonly registry: MetricRegistry;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** For a list with all of its pages; absent for those of a controller. */
  readonly listLimits?: AnswerLimits;
}

/** A {@link KubeClient} that has connections to give back. */
export interface ClosableKubeClient extends KubeClient {
  /** Closes idle connections; requests and watches under way go on until their signals abort. */
  close(): void;
}

/** Makes a client of the cluster; nothing is sent yet. */
export function createKubeClient(
  access: ClusterAccess,
  options: RestClientOptions,
): ClosableKubeClient {
  const metrics = new RestClientMetrics(options.registry, access.server);
  return new RestClient(new Transport(access, options, metrics), options, metrics);
}

/** Makes a client of an API server in this process. */
export function createInProcessClient(
  handle: RequestHandler,
  options: Omit<RestClientOptions, "mayWrite">,
): ClosableKubeClient {
  const metrics = new RestClientMetrics(options.registry, "http://in-process");
  return new RestClient(
    new InProcessTransport(handle, options.userAgent, metrics),
    options,
    metrics,
  );
}

/**
 * The User-Agent header, by which API server logs and flow control know the client.
 *
 * @param command Which part of the program it is, such as `agent`.
 */
export function formatUserAgent(version: string, command: string): string {
  return `vm-dhcp/${version} (${Deno.build.os}/${Deno.build.arch}) ${command}`;
}

/** Where a write goes. */
interface WriteTarget {
  readonly method: "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly contentType?: string;
}

/** The client over a way to the server. */
export class RestClient implements ClosableKubeClient {
  readonly #transport: RequestSender;
  readonly #limiter = new ConcurrencyLimiter(REQUESTS_MAX);
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #metrics: RestClientMetrics;
  readonly #listLimits: AnswerLimits;
  readonly #texts = new TextPool();

  constructor(
    transport: RequestSender,
    options: Pick<RestClientOptions, "clock" | "random" | "listLimits">,
    metrics: RestClientMetrics,
  ) {
    [this.#transport, this.#metrics] = [transport, metrics];
    this.#clock = options.clock;
    this.#random = options.random;
    this.#listLimits = options.listLimits ?? LIST_LIMITS;
  }

  async get(type: ResourceType, name: NamespacedName, signal?: AbortSignal): Promise<KubeObject> {
    const request = { method: "GET", path: resourcePath({ type, ...name }) } as const;
    return asKubeObject(await this.#call(request, signal), type);
  }

  async list(type: ResourceType, options: ListOptions = {}): Promise<KubeList> {
    const path = resourcePath({ type, namespace: options.namespace });
    const request = { method: "GET", path, query: listQuery(options) } as const;
    let meter = new AnswerMeter(this.#listLimits);
    const answer = await this.#call(request, options.signal, () => {
      meter = new AnswerMeter(this.#listLimits);
      if (options.before !== undefined && options.extract === undefined) {
        meter.count(options.before);
      }
      return meter;
    });
    const extract = keptOf(options.extract, this.#texts);
    return { ...asKubeList(answer, type, extract), size: meter.counted };
  }

  async create(
    type: ResourceType,
    object: KubeObject,
    options: WriteOptions = {},
  ): Promise<KubeObject> {
    const path = resourcePath({ type, namespace: object.metadata.namespace });
    return await this.#write(type, { method: "POST", path }, object, options);
  }

  async replace(
    type: ResourceType,
    object: KubeObject,
    options: WriteOptions = {},
  ): Promise<KubeObject> {
    const { subresource } = options;
    const path = resourcePath({ type, ...namespacedNameOf(object), subresource });
    return await this.#write(type, { method: "PUT", path }, object, options);
  }

  mergePatch = this.#patchAs<JsonObject>("application/merge-patch+json");
  jsonPatch = this.#patchAs<readonly JsonPatchStep[]>("application/json-patch+json");

  async delete(
    type: ResourceType,
    name: NamespacedName,
    options: DeleteOptions = {},
  ): Promise<void> {
    const path = resourcePath({ type, ...name, subresource: options.subresource });
    const { preconditions, propagationPolicy } = options;
    const wishes = defined({ preconditions, propagationPolicy });
    // The body is there so that the request cannot be sent twice, like that of every other write.
    const body = { apiVersion: "v1", kind: "DeleteOptions", ...wishes };
    await this.#send({ method: "DELETE", path }, body, options);
  }

  watch(type: ResourceType, options: WatchOptions): AsyncIterable<WatchEvent> {
    return watchEvents({
      request: {
        use: "watch",
        method: "GET",
        path: resourcePath({ type, namespace: options.namespace }),
        query: watchQuery(options),
      },
      transport: this.#transport,
      clock: this.#clock,
      type,
      isListed: options.sendInitialEvents === true,
      // Of what only an extract is kept, all together may be any size.
      listLimits: options.extract === undefined ? this.#listLimits : undefined,
      idleMsMax: options.idleMsMax,
      extract: keptOf(options.extract, this.#texts),
      known: options.known,
      signal: options.signal,
    });
  }

  close(): void {
    this.#transport.close();
  }

  #patchAs<Patch extends object>(contentType: string) {
    return async (
      type: ResourceType,
      name: NamespacedName,
      patch: Patch,
      options: WriteOptions = {},
    ): Promise<KubeObject> => {
      const path = resourcePath({ type, ...name, subresource: options.subresource });
      return await this.#write(type, { method: "PATCH", path, contentType }, patch, options);
    };
  }

  async #write(
    type: ResourceType,
    target: WriteTarget,
    value: object,
    options: WriteOptions,
  ): Promise<KubeObject> {
    const answer = await this.#send(target, value, options);
    return options.answer === "metadata" ? metadataOf(answer, type) : asKubeObject(answer, type);
  }

  #send(
    { method, path, contentType = JSON_BODY }: WriteTarget,
    value: object,
    options: WriteOptions,
  ): Promise<unknown> {
    const body = { contentType, text: JSON.stringify(value) };
    options.onLength?.(body.text.length);
    const accept = options.answer === "metadata" ? METADATA_ONLY : undefined;
    return this.#call({ method, path, query: writeQuery(options), body, accept }, options.signal);
  }

  /** Sends a request, again where that is safe, and gives the JSON of the answer. */
  async #call(
    wanted: Omit<TransportRequest, "use" | "query"> & { readonly query?: string },
    signal: AbortSignal | undefined,
    createMeter = () => new AnswerMeter(OBJECT_LIMITS),
  ): Promise<unknown> {
    const request: TransportRequest = { query: "", ...wanted, use: "unary" };
    let waitedMs = 0;
    for (let retries = 0;; retries++) {
      try {
        throwIfAborted(request, signal);
        const askedMs = this.#clock.monotonicMs();
        return await this.#limiter.run(() => {
          this.#metrics.waited(request.method, this.#clock.monotonicMs() - askedMs);
          return this.#exchange(request, signal, createMeter());
        }, signal);
      } catch (error) {
        throwIfAborted(request, signal);
        const { method } = request;
        const waitMs = retryDelayMs({ method, error, retries, waitedMs, random: this.#random });
        if (waitMs === undefined) throw error;
        waitedMs += waitMs;
        this.#metrics.retried(method, error instanceof StatusError ? error.code : undefined);
        await this.#clock.sleep(waitMs, signal);
      }
    }
  }

  async #exchange(
    request: TransportRequest,
    signal: AbortSignal | undefined,
    meter: AnswerMeter,
  ): Promise<unknown> {
    const deadline = new Deadline({ clock: this.#clock, ms: UNARY_MS_MAX, signal });
    const startMs = this.#clock.monotonicMs();
    try {
      const response = await this.#transport.send(request, deadline.signal);
      const turns = new Turns(this.#clock);
      return await readAnswer(request, response, { signal: deadline.signal, meter, turns });
    } catch (error) {
      if (error instanceof StatusError) throw error;
      if (!deadline.expired) throw transportErrorOf(describeRequest(request), error);
      this.#transport.noteTimeout();
      const problem = `no answer within ${UNARY_MS_MAX / 1000} s`;
      throw new TransportError(describeRequest(request), "timeout", problem);
    } finally {
      this.#metrics.took(request.method, this.#clock.monotonicMs() - startMs);
      deadline.close();
    }
  }
}

function throwIfAborted(request: TransportRequest, signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  throw new TransportError(describeRequest(request), "aborted", "it was aborted", signal.reason);
}
