/**
 * What the loops above know of Kubernetes: requests, typed errors and synced caches. `lib/agent`
 * and `lib/controller` import these types only, never their implementations.
 */

import type { JsonObject } from "../base/json.ts";
import type { Note } from "../api/event_note.ts";
import type { JsonPatchStep } from "../api/json_patch.ts";
import type { KubeObject, NamespacedName, ObjectMeta, ResourceType } from "../api/meta.ts";

/** An error that the API server reported as a `Status` object. */
export class StatusError extends Error {
  override readonly name = "StatusError";

  /**
   * @param code HTTP status.
   * @param reason Machine-readable word such as `NotFound`, `Conflict`, `Invalid`.
   * @param message The server's sentence.
   * @param causes Fields at fault, for `Invalid`.
   * @param retryAfterSeconds From the Retry-After header or `details.retryAfterSeconds`.
   */
  constructor(
    readonly code: number,
    readonly reason: string,
    message: string,
    readonly causes: readonly StatusCause[] = [],
    readonly retryAfterSeconds?: number,
  ) {
    super(message);
  }
}

/** Whether the API server answered with one of these HTTP statuses. */
export function isStatus(error: unknown, ...codes: readonly number[]): error is StatusError {
  return error instanceof StatusError && codes.includes(error.code);
}

/**
 * Whether a write was refused because its namespace is being deleted: nothing can be made there, and
 * nobody has to do anything about it.
 */
export function isNamespaceGoing(error: unknown): boolean {
  return isStatus(error, 403) &&
    error.causes.some(({ reason }) => reason === "NamespaceTerminating");
}

/** One entry of `Status.details.causes`. */
export interface StatusCause {
  readonly field: string;
  readonly message: string;
  readonly reason: string;
}

/** A page of a list. */
export interface KubeList {
  readonly resourceVersion: string;
  /** Token of the next page; empty on the last. */
  readonly continue: string;
  readonly items: readonly KubeObject[];
  /** How many more there were that could not be told apart: they have no usable name or version. */
  readonly nameless?: number;
  /** Of this page and those before it. */
  readonly size?: AnswerSize;
}

/** What an answer takes to read. */
export interface AnswerSize {
  readonly octets: number;
  readonly values: number;
}

/** What is kept of an object: a part that has its kind and the name, UID and version of its metadata. */
export type Extract = (object: KubeObject) => KubeObject;

/** Which objects a list is to have, and from when. */
export interface ListOptions {
  /** One namespace; absent for all. */
  readonly namespace?: string;
  /** Such as `metadata.name=net-48`; absent for all objects. */
  readonly fieldSelector?: string;
  /** Such as `app=agent`; absent for all objects. */
  readonly labelSelector?: string;
  /** The answer may not be older; absent for the newest state, which is read from etcd. */
  readonly resourceVersion?: string;
  /** Objects on a page; absent for all at once. */
  readonly limit?: number;
  /** Token of the page before; good for some minutes, then the answer is 410. */
  readonly continue?: string;
  /** Size of the pages before: the limit is for all of them together. */
  readonly before?: AnswerSize | undefined;
  /** Applied to each object as soon as it is read: the limit is then for one page, not for all. */
  readonly extract?: Extract | undefined;
  /** Ends the request. */
  readonly signal?: AbortSignal;
}

/** What a watch reports, and for how long. */
export interface WatchOptions extends Omit<ListOptions, "limit" | "continue" | "before"> {
  readonly allowWatchBookmarks?: boolean;
  /**
   * Begins with an `ADDED` for each object that is there, at `resourceVersion` or later, or as new as
   * the request without one, and a bookmark after them; needs `allowWatchBookmarks`. Servers before
   * 1.32, and those over an etcd before 3.4.25, refuse it.
   */
  readonly sendInitialEvents?: boolean;
  /** The server ends the watch after this many seconds. */
  readonly timeoutSeconds?: number;
  /** Bytes must arrive at least this often, else the watch ends with an error; milliseconds. */
  readonly idleMsMax?: number;
  /** Gives versions that this process wrote: their lines are recognised instead of read. */
  readonly known?: (key: string, resourceVersion: string) => Promise<StoredObject | undefined>;
}

/** A version that a write made, as it is known without having been read. */
export interface StoredObject {
  /** What was sent, with the metadata of the answer. */
  readonly object: KubeObject;
  /** Length of its JSON, `managedFields` included. When the server's is another, it stored something else. */
  readonly chars: number;
}

/** One line of a watch. */
export type WatchEvent =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: KubeObject }
  | {
    readonly type: "BOOKMARK";
    /** Everything up to this version has been sent. */
    readonly resourceVersion: string;
    /** True once, after `sendInitialEvents`: all existing objects have been sent. */
    readonly endsInitialEvents?: boolean;
  }
  /** An event that cannot be used, because its object has no usable name or version. */
  | { readonly type: "NAMELESS" }
  | { readonly type: "ERROR"; readonly error: StatusError };

/** Options of a write. */
export interface WriteOptions {
  /** Validate and answer, change nothing. */
  readonly dryRun?: boolean;
  /** Refuses unknown fields, as kubectl has it; otherwise the server drops them. */
  readonly refusesUnknownFields?: boolean;
  readonly subresource?: "status";
  /**
   * Asks for no more of the object than its metadata, and gives no more, even when the server answers
   * all of it: a pool of 30,000 addresses does not travel back.
   */
  readonly answer?: "metadata";
  /** Told the length of the JSON that is sent. */
  readonly onLength?: (chars: number) => void;
  readonly signal?: AbortSignal;
}

/** Options of a deletion. */
export interface DeleteOptions extends WriteOptions {
  /** What the object must still be; else the answer is 409 and it stays. */
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  /** `Foreground`: the object stays until what it owns is gone. */
  readonly propagationPolicy?: "Foreground";
}

/**
 * Requests to an API server. All reject with {@link StatusError} for what the server refused and
 * with a plain `Error` (its `cause` kept) for what happened on the way. Writes are never sent twice.
 */
export interface KubeClient {
  get(type: ResourceType, name: NamespacedName, signal?: AbortSignal): Promise<KubeObject>;
  list(type: ResourceType, options?: ListOptions): Promise<KubeList>;
  create(type: ResourceType, object: KubeObject, options?: WriteOptions): Promise<KubeObject>;
  /** PUT: with `metadata.resourceVersion` it fails with 409 when the object changed since. */
  replace(type: ResourceType, object: KubeObject, options?: WriteOptions): Promise<KubeObject>;
  /** JSON merge patch (RFC 7396); put `metadata.resourceVersion` in for an optimistic lock. */
  mergePatch(
    type: ResourceType,
    name: NamespacedName,
    patch: JsonObject,
    options?: WriteOptions,
  ): Promise<KubeObject>;
  /**
   * JSON patch (RFC 6902), all of its steps or none: with 422 when one cannot be taken, as when a `test`
   * finds another value, such as that of `/metadata/resourceVersion`.
   */
  jsonPatch(
    type: ResourceType,
    name: NamespacedName,
    patch: readonly JsonPatchStep[],
    options?: WriteOptions,
  ): Promise<KubeObject>;
  delete(type: ResourceType, name: NamespacedName, options?: DeleteOptions): Promise<void>;
  /** Ends when the server ends it or the signal aborts; rejects when it breaks or falls silent. */
  watch(type: ResourceType, options: WatchOptions): AsyncIterable<WatchEvent>;
}

/**
 * A synced copy of the objects of one kind. `T` is what the reader made of each object, so that
 * an object that does not parse is still there, with its errors.
 */
export interface Cache<T> {
  /** False until the first full list is in. */
  readonly synced: boolean;
  /** @param key `namespace/name`. */
  get(key: string): T | undefined;
  list(): readonly T[];
  /** Objects whose index function returned the value. */
  byIndex(index: string, value: string): readonly T[];
}

/** Called with the key and the object before and after; `undefined` where there was or is none. */
export type ChangeHandler<T> = (
  key: string,
  before: T | undefined,
  after: T | undefined,
) => void;

/** A cache that keeps itself up to date and tells of changes. */
export interface Informer<T> extends Cache<T> {
  /** Handlers are called for every object of the first list, too. Add them before `run`. */
  onChange(handler: ChangeHandler<T>): void;
  /** Resolves at the first sync; rejects when the signal of `run` aborts before it. */
  whenSynced(): Promise<void>;
  /** Like {@link whenSynced}, and also when the server refused a kind that is optional. */
  whenAnswered(): Promise<void>;
  /** What the server said when it refused a kind that is optional, until it gives it. */
  readonly refusal?: StatusError | undefined;
  /**
   * Tells of a write that begins now. What the watch brings of the object meanwhile waits for its end.
   * The version that it made is not read again: the cache takes this over, and tells its handlers of it.
   *
   * @param written Gives `undefined`, or rejects, when it is not known what the server stored.
   */
  expect(key: string, written: Promise<WrittenObject<T> | undefined>): void;
  /** Lists and watches until the signal aborts; recovers from every other failure by itself. */
  run(signal: AbortSignal): Promise<void>;
}

/** A version that this process wrote, with what its cache is to hold for it. */
export interface WrittenObject<T> extends StoredObject {
  readonly value: T;
}

/** A note with the object that it is about. Reasons are of those who record it. */
export interface EventNote extends Omit<Note, "reason"> {
  readonly reason: string;
  readonly regarding: { readonly apiVersion: string; readonly kind: string; metadata: ObjectMeta };
}

/** Records Events; never blocks and never throws. */
export interface EventRecorder {
  record(event: EventNote): void;
}
