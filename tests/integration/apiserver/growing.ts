/** Requests that grow: what they are, and what they are made of. */

import type { JsonObject } from "../../../lib/base/json.ts";
import type { EmbeddedApi } from "../../support/apiserver/embedded_api.ts";

/** A request that grows. */
export interface Growing {
  /** A verb of discovery; of patches, the content type. */
  readonly verb: string;
  readonly name: string;
  /** Size of the smaller; the other has four times that. */
  readonly size: number;
  request(size: number): Request;
  /** What has to be there before each request of a size. */
  setUp?(api: EmbeddedApi, size: number): Promise<void>;
}

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly type?: string;
}

export const PODS = "/api/v1/namespaces/default/pods";

export function many<T>(size: number, make: (i: number) => T): T[] {
  return Array.from({ length: size }, (_, i) => make(i));
}

export function map(size: number, make: (i: number) => readonly [string, unknown]): JsonObject {
  return Object.fromEntries(many(size, make));
}

export function pod(
  metadata: JsonObject,
  containers: readonly unknown[] = [{ name: "c", image: "i" }],
): JsonObject {
  return { metadata: { name: "p", ...metadata }, spec: { containers } };
}
