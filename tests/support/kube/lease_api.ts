/** One Lease in memory, as an API server keeps it, behind a network that a test can break. */

import type { Clock } from "../../../lib/base/clock.ts";
import type { KubeObject } from "../../../lib/api/meta.ts";
import { type KubeClient, StatusError } from "../../../lib/kube/contract.ts";
import { type LeaseRecord, leaseRecordOf } from "../../../lib/kube/election/lease_record.ts";

/** What happens to a request. */
export type LeaseFault =
  /** The request is lost before the server sees it. */
  | "lost"
  /** The request takes effect, but the answer is lost. */
  | "unanswered"
  /** No answer comes until the caller gives up; the request takes effect after that. */
  | "late"
  | "refused"
  /** The candidate lacks a right. */
  | "forbidden";

/** The server's side; {@link connect} gives a client. */
export class LeaseApi {
  /** The Lease; undefined before the first candidate and after a deletion. */
  lease: KubeObject | undefined;
  /** All records written, in order. */
  readonly written: LeaseRecord[] = [];
  /** Requests so far, such as `replace`. */
  readonly requests: string[] = [];
  /** Fates of the next requests, in order; `fault` decides on later ones. */
  readonly plan: (LeaseFault | undefined)[] = [];
  /** Decides on requests for which nothing was planned. */
  fault: () => LeaseFault | undefined = () => undefined;
  /** Time that a request takes to the server, in milliseconds. */
  latencyMs: () => number = () => 1;
  readonly #clock: Pick<Clock, "sleep">;
  #version = 0;

  constructor(clock: Pick<Clock, "sleep">) {
    this.#clock = clock;
  }

  /** The current record of the Lease. */
  get record(): LeaseRecord | undefined {
    return this.lease === undefined ? undefined : leaseRecordOf(this.lease);
  }

  connect(): Pick<KubeClient, "get" | "create" | "replace"> {
    return {
      get: (_type, _name, signal) => this.#send("get", signal, () => this.#get()),
      create: (_type, object, options) =>
        this.#send("create", options?.signal, () => {
          if (this.lease !== undefined) throw new StatusError(409, "AlreadyExists", "it exists");
          return this.#put(object);
        }),
      replace: (_type, object, options) =>
        this.#send("replace", options?.signal, () => {
          const { resourceVersion } = this.#get().metadata;
          if (object.metadata.resourceVersion !== resourceVersion) {
            throw new StatusError(409, "Conflict", "the object has been modified");
          }
          return this.#put(object);
        }),
    };
  }

  #get(): KubeObject {
    if (this.lease === undefined) throw new StatusError(404, "NotFound", "no such lease");
    return this.lease;
  }

  #put(object: KubeObject): KubeObject {
    const metadata = { ...object.metadata, resourceVersion: String(++this.#version) };
    this.lease = { ...object, metadata };
    this.written.push(leaseRecordOf(this.lease));
    return this.lease;
  }

  async #send(
    request: string,
    signal: AbortSignal | undefined,
    serve: () => KubeObject,
  ): Promise<KubeObject> {
    this.requests.push(request);
    const fault = this.plan.length > 0 ? this.plan.shift() : this.fault();
    await this.#clock.sleep(this.latencyMs(), signal);
    signal?.throwIfAborted();
    if (fault === "lost") throw new Error("connection reset");
    if (fault === "refused") throw new StatusError(500, "InternalError", "etcd has no leader");
    if (fault === "forbidden") throw new StatusError(403, "Forbidden", "may not");
    if (fault === "late") await this.#clock.sleep(60_000, signal);
    const answer = serve();
    if (fault !== undefined) throw new Error("connection reset");
    await this.#clock.sleep(this.latencyMs(), signal);
    signal?.throwIfAborted();
    return answer;
  }
}
