/** A model of the Kubernetes API server: objects in memory, one version after the other. */

import { applyJsonPatch, JsonPatchError } from "../../../lib/apiserver/patch/json_patch.ts";
import { applyMergePatch } from "../../../lib/apiserver/patch/merge_patch.ts";
import type { JsonPatchStep } from "../../../lib/api/json_patch.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import { isJsonObject } from "../../../lib/base/json.ts";
import { formatInstant } from "../../../lib/base/rfc3339.ts";
import {
  formatNamespacedName,
  keyOf,
  type KubeObject,
  type NamespacedName,
  type ResourceType,
} from "../../../lib/api/meta.ts";
import type { Clock } from "../../../lib/base/clock.ts";
import { type DeleteOptions, StatusError } from "../../../lib/kube/contract.ts";
import type { SentWrite } from "./link.ts";
import {
  asJson,
  createdObject,
  deletedObject,
  isReleased,
  replacedObject,
} from "./object_rules.ts";

/** One change of one object, and its author. */
export interface Commit {
  readonly version: number;
  readonly atMs: number;
  readonly plural: string;
  readonly key: string;
  readonly before: KubeObject | undefined;
  /** The last state of an object that is gone stands in `gone`. */
  readonly after: KubeObject | undefined;
  readonly gone: KubeObject | undefined;
  readonly by: string;
  /** What its author knew; absent for those beside whom no network stands. */
  readonly sent: SentWrite | undefined;
}

/** A write as the server takes it. */
export interface WriteRequest {
  readonly type: ResourceType;
  readonly by: string;
  readonly subresource?: "status" | undefined;
}

type Objects = Map<string, KubeObject>;

/** The server. Calls take effect at once; the way to it is {@link ModelClient}'s. */
export class ModelApi {
  /** All changes, in order: version n is at index n - 1. */
  readonly commits: Commit[] = [];
  /** Watches from before this version are refused with 410. */
  compacted = 0;
  /** The write that is being served. */
  sent: SentWrite | undefined;
  readonly #clock: Pick<Clock, "nowMs" | "monotonicMs">;
  readonly #objects = new Map<string, Objects>();
  readonly #listeners: ((commit: Commit) => void)[] = [];
  readonly #waiting = new Map<string, Set<() => void>>();
  #uids = 0;

  constructor(clock: Pick<Clock, "nowMs" | "monotonicMs">) {
    this.#clock = clock;
  }

  get version(): number {
    return this.commits.length;
  }

  /** Calls back at each change. */
  onCommit(listener: (commit: Commit) => void): void {
    this.#listeners.push(listener);
  }

  /** Calls back once, at the next change of an object of the kind. @returns Calls it off. */
  onceChanged(plural: string, wake: () => void): () => void {
    const waiting = this.#waiting.get(plural) ?? new Set();
    this.#waiting.set(plural, waiting.add(wake));
    return () => waiting.delete(wake);
  }

  get({ plural, kind }: ResourceType, name: NamespacedName): KubeObject {
    const key = formatNamespacedName(name);
    const object = this.#of(plural).get(key);
    if (object === undefined) throw new StatusError(404, "NotFound", `${kind} ${key} not found`);
    return object;
  }

  find({ plural }: ResourceType, key: string): KubeObject | undefined {
    return this.#of(plural).get(key);
  }

  list({ plural }: ResourceType): readonly KubeObject[] {
    return [...this.#of(plural).values()];
  }

  /** The objects of a kind as they were after this version. */
  listAt({ plural }: ResourceType, version: number): readonly KubeObject[] {
    if (version >= this.version) return [...this.#of(plural).values()];
    const objects: Objects = new Map();
    for (let index = 0; index < version; index++) {
      const commit = this.commits[index]!;
      if (commit.plural !== plural) continue;
      if (commit.after === undefined) objects.delete(commit.key);
      else objects.set(commit.key, commit.after);
    }
    return [...objects.values()];
  }

  /** The first change of the kind after this version. */
  changeAfter(plural: string, version: number): Commit | undefined {
    for (let index = version; index < this.commits.length; index++) {
      if (this.commits[index]!.plural === plural) return this.commits[index];
    }
    return undefined;
  }

  create({ type, by }: WriteRequest, given: KubeObject): KubeObject {
    const { generateName, name = `${generateName}${this.#uids}` } = given.metadata;
    const named = { ...given, metadata: { ...given.metadata, name } };
    const key = keyOf(named);
    if (this.#of(type.plural).has(key)) {
      throw new StatusError(409, "AlreadyExists", `${type.plural} "${key}" already exists`);
    }
    const uid = `uid-${++this.#uids}`;
    const object = createdObject(named, { plural: type.plural, uid, nowIso: this.#nowIso() });
    return this.#commit({ type, by }, undefined, object);
  }

  replace(request: WriteRequest, given: KubeObject): KubeObject {
    const { type, subresource } = request;
    const current = this.get(type, { namespace: "", ...given.metadata });
    const { resourceVersion, uid } = given.metadata;
    if (resourceVersion !== undefined && resourceVersion !== current.metadata.resourceVersion) {
      throw conflict(type, given, "the object has been modified");
    }
    if (uid !== undefined && uid !== current.metadata.uid) {
      throw conflict(type, given, "the UID in the precondition is another one");
    }
    const next = replacedObject(current, given, { plural: type.plural, subresource });
    return next === current ? current : this.#commit(request, current, next);
  }

  mergePatch(request: WriteRequest, name: NamespacedName, patch: JsonObject): KubeObject {
    const current = this.get(request.type, name);
    const { metadata } = patch;
    const version = isJsonObject(metadata) ? metadata["resourceVersion"] : undefined;
    const patched = applyMergePatch(current, asJson(patch)) as KubeObject;
    const { resourceVersion: _, ...rest } = patched.metadata;
    const lock = typeof version === "string" ? { resourceVersion: version } : {};
    return this.replace(request, { ...patched, metadata: { ...rest, ...lock } });
  }

  jsonPatch(
    request: WriteRequest,
    name: NamespacedName,
    patch: readonly JsonPatchStep[],
  ): KubeObject {
    try {
      const patched = applyJsonPatch(this.get(request.type, name), patch) as KubeObject;
      return this.replace(request, patched);
    } catch (error) {
      if (!(error instanceof JsonPatchError)) throw error;
      throw new StatusError(422, "Invalid", error.message);
    }
  }

  delete(
    { type, by }: WriteRequest,
    name: NamespacedName,
    preconditions: DeleteOptions["preconditions"] = {},
  ): void {
    const current = this.get(type, name);
    const { uid, resourceVersion } = current.metadata;
    const asked = { uid, resourceVersion, ...preconditions };
    if (asked.uid !== uid || asked.resourceVersion !== resourceVersion) {
      throw conflict(type, current, "it is another version than that in the precondition");
    }
    if ((current.metadata.finalizers ?? []).length === 0) this.#remove({ type, by }, current);
    else if (current.metadata.deletionTimestamp === undefined) {
      this.#commit({ type, by }, current, deletedObject(current, this.#nowIso()));
    }
  }

  /** Makes objects of a kind again what they were after this version, as a backup of etcd that is restored. */
  restore(request: WriteRequest, version: number): void {
    const { type } = request;
    const then = new Map(this.listAt(type, version).map((object) => [keyOf(object), object]));
    for (const object of this.list(type)) {
      const { uid } = then.get(keyOf(object))?.metadata ?? {};
      if (uid !== object.metadata.uid) this.#remove(request, object);
    }
    for (const [key, object] of then) {
      const now = this.find(type, key);
      if (now !== object) this.#commit(request, now, object);
    }
  }

  #commit(request: WriteRequest, before: KubeObject | undefined, next: KubeObject): KubeObject {
    if (isReleased(next)) return this.#remove(request, before ?? next, next);
    const after = this.#versioned(next);
    this.#of(request.type.plural).set(keyOf(after), after);
    this.#tell(request, { key: keyOf(after), before, after, gone: undefined });
    return after;
  }

  #remove(request: WriteRequest, before: KubeObject, last: KubeObject = before): KubeObject {
    const gone = this.#versioned(last);
    this.#of(request.type.plural).delete(keyOf(gone));
    this.#tell(request, { key: keyOf(gone), before, after: undefined, gone });
    return gone;
  }

  #versioned(object: KubeObject): KubeObject {
    const resourceVersion = String(this.version + 1);
    return { ...object, metadata: { ...object.metadata, resourceVersion } };
  }

  #tell(
    { type: { plural }, by }: WriteRequest,
    change: Pick<Commit, "key" | "before" | "after" | "gone">,
  ): void {
    const commit = {
      version: this.version + 1,
      atMs: this.#clock.monotonicMs(),
      plural,
      by,
      sent: this.sent,
      ...change,
    };
    this.commits.push(commit);
    const waiting = this.#waiting.get(plural);
    this.#waiting.delete(plural);
    for (const wake of waiting ?? []) wake();
    for (const listener of this.#listeners) listener(commit);
  }

  #of(plural: string): Objects {
    const known = this.#objects.get(plural) ?? new Map();
    this.#objects.set(plural, known);
    return known;
  }

  #nowIso(): string {
    return formatInstant(this.#clock.nowMs());
  }
}

function conflict({ plural }: ResourceType, object: KubeObject, why: string): StatusError {
  const message = `Operation cannot be fulfilled on ${plural} "${keyOf(object)}": ${why}`;
  return new StatusError(409, "Conflict", message);
}
