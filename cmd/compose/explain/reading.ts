/** Reads objects for people: what cannot be read is a sentence that names the missing right. */

import { messageOf } from "../../../lib/base/errors.ts";
import type {
  CachedKind,
  KubeObject,
  NamespacedName,
  Observed,
  ResourceType,
} from "../../../lib/api/meta.ts";
import type { Objects, Reading } from "../../../lib/explain/contract.ts";
import { isStatus, type KubeClient } from "../../../lib/kube/contract.ts";
import { TransportError } from "../../../lib/kube/client/transport/transport_error.ts";
import { APPLY_DEFINITIONS } from "../definitions.ts";

const PAGE_OBJECTS = 500;

/** Which objects. */
export interface ListPlace {
  /** Absent for all. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string;
}

/** Reads objects until the signal aborts. */
export class ObjectReader {
  readonly #client: KubeClient;
  readonly #server: string;
  readonly #signal: AbortSignal;

  /** @param source The server is its URL, for messages. */
  constructor(
    { client, server }: { readonly client: KubeClient; readonly server: string },
    signal: AbortSignal,
  ) {
    this.#client = client;
    this.#server = server;
    this.#signal = signal;
  }

  /** Objects of a kind that has a parser. One that is not served has none, unless it is ours. */
  async observe<T>(kind: CachedKind<T>, place: ListPlace = {}): Promise<Objects<Observed<T>>> {
    const objects = await this.list(kind.type, place, kind.optional === undefined);
    if (!objects.ok) return objects;
    return {
      ok: true,
      value: objects.value.map((object) => ({ object, parsed: kind.parse(object) })),
    };
  }

  /** @param isOurs Whether it is a fault when the kind is not served. */
  async list(
    type: ResourceType,
    place: ListPlace = {},
    isOurs = false,
  ): Promise<Objects<KubeObject>> {
    const items: KubeObject[] = [];
    try {
      for (let token = "";;) {
        const options = { limit: PAGE_OBJECTS, signal: this.#signal };
        const { namespace, labelSelector } = place;
        const page = await this.#client.list(type, {
          ...options,
          ...(namespace === undefined ? {} : { namespace }),
          ...(labelSelector === undefined ? {} : { labelSelector }),
          ...(token === "" ? {} : { continue: token }),
        });
        items.push(...page.items);
        token = page.continue;
        if (token === "") return { ok: true, value: items };
      }
    } catch (error) {
      if (isStatus(error, 404) && !isOurs) return { ok: true, value: [] };
      return {
        ok: false,
        why: this.#whyNot(error, { verb: "list", type, namespace: place.namespace }),
      };
    }
  }

  /** One object; `undefined` when there is none. */
  async get(type: ResourceType, name: NamespacedName): Promise<Reading<KubeObject | undefined>> {
    try {
      return { ok: true, value: await this.#client.get(type, name, this.#signal) };
    } catch (error) {
      if (isStatus(error, 404)) return { ok: true, value: undefined };
      const { namespace } = name;
      return { ok: false, why: this.#whyNot(error, { verb: "get", type, namespace }) };
    }
  }

  #whyNot(error: unknown, attempt: Attempt): string {
    if (!(error instanceof TransportError) || error.kind !== "unreachable") {
      return whyNot(error, attempt);
    }
    // The rest of the message repeats the URL of the request.
    const [, reason = error.message] = /client error \(Connect\): (.*)$/s.exec(error.message) ?? [];
    return `the API server at ${this.#server} cannot be reached: ${reason}`;
  }
}

/** What was tried. */
export interface Attempt {
  readonly verb: string;
  /** Such as `ippools.network.harvesterhci.io`, or the kind itself. */
  readonly type: ResourceType | string;
  /** Absent for all. */
  readonly namespace: string | undefined;
}

/** Why something could not be read. */
export function whyNot(error: unknown, { verb, type, namespace }: Attempt): string {
  const what = typeof type === "string"
    ? type
    : `${type.plural}${type.group === "" ? "" : `.${type.group}`}`;
  const where = namespace === undefined ? "in all namespaces" : `in namespace ${namespace}`;
  if (isStatus(error, 401)) return `the API server does not know you: ${error.message}`;
  if (isStatus(error, 403)) return `you need the right to ${verb} ${what} ${where}`;
  if (isStatus(error, 404)) {
    return `the API server does not serve ${what}: the CustomResourceDefinitions are missing; run: ` +
      APPLY_DEFINITIONS;
  }
  return `${what} cannot be read: ${messageOf(error)}`;
}
