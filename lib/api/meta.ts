/**
 * The parts that all Kubernetes objects share, with their JSON names, and the result type of the
 * parsers that turn unknown JSON into typed objects.
 */

/** `metadata` of an object (Kubernetes API conventions, "Metadata"). */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly generateName?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly finalizers?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
}

/** Names of all fields of `metadata`. */
export const METADATA_FIELDS: readonly string[] = [
  ...["name", "generateName", "namespace", "uid", "resourceVersion", "selfLink", "generation"],
  ...["deletionGracePeriodSeconds", "creationTimestamp", "deletionTimestamp", "labels"],
  ...["annotations", "finalizers", "ownerReferences", "managedFields"],
];

/** A link to the object that owns this one. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** An object of any kind, as the API server sends it. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

/**
 * What a type of `@kubernetes/client-node` is as JSON: those types have dates where JSON has text. Holds
 * the objects of built-in kinds that we write to Kubernetes' own definitions.
 */
export type AsJson<T> = T extends Date ? string
  : T extends object ? { readonly [K in keyof T]: AsJson<T[K]> }
  : T;

/** An entry of `status.conditions` (API conventions, "Typical status properties"). */
export interface Condition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  /** CamelCase word for programs. */
  readonly reason?: string;
  /** Sentence for people. */
  readonly message?: string;
  /** Kept for readers of the Go version, which set this one only. */
  readonly lastUpdateTime?: string;
  /** Changes only when `status` does. */
  readonly lastTransitionTime?: string;
  /** The generation of the specification that it speaks of. */
  readonly observedGeneration?: number;
}

/** A kind of object and where the API serves it. */
export interface ResourceType {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** Names one object of a kind. */
export interface NamespacedName {
  /** Empty for objects without a namespace. */
  readonly namespace: string;
  readonly name: string;
}

/** What is wrong with one field. */
export interface FieldError {
  /** Path in the object, such as `spec.ipv4Config.dns[1]`. */
  readonly field: string;
  /** Sentence that says what is wrong and what is expected. */
  readonly message: string;
}

/** What a parser gives: the value, or everything that is wrong. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

/** An object as the server sent it, with what its parser made of it. */
export interface Observed<T> {
  readonly object: KubeObject;
  readonly parsed: Parsed<T>;
}

/** How a cache holds the objects of a kind. */
export interface CachedKind<T> {
  readonly type: ResourceType;
  readonly parse: (raw: unknown) => Parsed<T>;
  /** The one namespace that is followed; absent where it is up to the process. */
  readonly namespace?: string;
  /** Such as `app=agent`, for the objects that have this label; an extract has to keep it. */
  readonly labelSelector?: string;
  /**
   * What is kept of an object, with its kind and the name, namespace, UID and version of its metadata;
   * absent where the whole object is. It is made as soon as the object is read, and what `parse` gets.
   */
  readonly extract?: (object: KubeObject) => KubeObject;
  /** By index name, the values under which an object is found. */
  readonly indexes?: Readonly<Record<string, (object: Observed<T>) => readonly string[]>>;
  /**
   * Set for a kind that the program works on without, where it is not served or may not be read: it is
   * followed from the start, or from the first question about one of its objects. One that is awaited
   * is needed until the server refuses it.
   */
  readonly optional?: "fromStart" | "onDemand" | "awaited";
}

/** Formats a name as `namespace/name`, or `name` for objects without a namespace. */
export function formatNamespacedName({ namespace, name }: NamespacedName): string {
  return namespace === "" ? name : `${namespace}/${name}`;
}

/** The name that {@link formatNamespacedName} made a key of; the first slash ends the namespace. */
export function nameOfKey(key: string): NamespacedName {
  const slash = key.indexOf("/");
  return { namespace: key.slice(0, Math.max(0, slash)), name: key.slice(slash + 1) };
}

/** The name of an object. */
export function namespacedNameOf(object: { readonly metadata: ObjectMeta }): NamespacedName {
  return { namespace: object.metadata.namespace ?? "", name: object.metadata.name };
}

/** The key under which caches and queues hold an object: `namespace/name`, or `name`. */
export function keyOf(object: { readonly metadata: ObjectMeta }): string {
  return formatNamespacedName(namespacedNameOf(object));
}
