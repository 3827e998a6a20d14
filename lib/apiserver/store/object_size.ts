/** How large an object may be. */

import type { KubeObject } from "../../api/meta.ts";

/** Largest object, in octets of JSON: larger ones could not move to a cluster (etcd's request limit). */
const OBJECT_BYTES_MAX = 1.5 * 1024 * 1024;

/** Decides whether a new version of an object may be stored; throws when it may not. */
export type StorableCheck = (object: KubeObject, json: string, before?: string) => void;

/** An object that is larger than a cluster could store; the message says so. */
export class ObjectTooLargeError extends Error {
  override readonly name = "ObjectTooLargeError";

  constructor(kind: string, name: string, bytes: number) {
    super(
      `${kind} ${
        JSON.stringify(name)
      } is too large: it has ${bytes} octets as JSON, and a cluster ` +
        `stores up to ${OBJECT_BYTES_MAX}`,
    );
  }
}

/**
 * Requires that an object is no larger than a cluster could store, or than it was before: the record of
 * an earlier release may be larger.
 *
 * @throws {ObjectTooLargeError}
 */
export function requireStorable({ kind, metadata }: KubeObject, json: string, before = ""): void {
  // No character takes more than three octets for each of its UTF-16 units.
  if (3 * json.length <= OBJECT_BYTES_MAX) return;
  const bytes = bytesOf(json);
  if (bytes <= OBJECT_BYTES_MAX || bytes <= bytesOf(before)) return;
  throw new ObjectTooLargeError(kind, metadata.name, bytes);
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
