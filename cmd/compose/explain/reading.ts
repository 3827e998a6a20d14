/** Reads objects for people: what cannot be read is a sentence that names the missing right. */

import { messageOf } from "../../../lib/base/errors.ts";
import { defined } from "../../../lib/base/json.ts";
import { withoutManagedFields } from "../../../lib/api/object_meta.ts";
import { IPPOOLS } from "../../../lib/api/resources.ts";
import { listAll } from "../../../lib/kube/cache/lister.ts";
import type {
  CachedKind,
  KubeObject,
  NamespacedName,
  Observed,
  ResourceType,
} from "../../../lib/api/meta.ts";
import type { Objects, Reading } from "../../../lib/explain/contract.ts";
import { type Extract, isStatus, type KubeClient } from "../../../lib/kube/contract.ts";
import {
  reasonOfFetch,
  TransportError,
} from "../../../lib/kube/client/transport/transport_error.ts";
import { APPLY_DEFINITIONS } from "../definitions.ts";

/** Which objects. */
export interface ListPlace {
  /** Absent for all. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string;
  /** What is kept of each object. */
  readonly extract?: Extract;
}

/** Reads objects until the signal aborts. */
export class ObjectReader {
  readonly #client: KubeClient;
  readonly #server: string;
  readonly #signal: AbortSignal;

  /** @param source Its server is as messages name it. */
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
    const objects = await this.list(kind.type, { ...defined({ extract: kind.extract }), ...place });
    if (!objects.ok) return objects;
    return {
      ok: true,
      value: objects.value.map((object) => ({ object, parsed: kind.parse(object) })),
    };
  }

  /** Objects of a kind, without the fields that nobody reads. */
  async list(
    type: ResourceType,
    { namespace, labelSelector, extract = withoutManagedFields }: ListPlace = {},
  ): Promise<Objects<KubeObject>> {
    const selection = { client: this.#client, type, namespace, labelSelector, extract };
    try {
      const { objects } = await listAll(selection, "", this.#signal);
      return { ok: true, value: objects };
    } catch (error) {
      if (isStatus(error, 404) && type.group !== IPPOOLS.group) return { ok: true, value: [] };
      return {
        ok: false,
        why: whyNot(error, { verb: "list", type, namespace, server: this.#server }),
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
      return {
        ok: false,
        why: whyNot(error, { verb: "get", type, namespace, server: this.#server }),
      };
    }
  }
}

/** What was tried. */
export interface Attempt {
  readonly verb: string;
  /** Such as `ippools.network.harvesterhci.io`, or the kind itself. */
  readonly type: ResourceType | string;
  /** Such as `agent lab/pool-agent-0`: the object in whose name it was tried; absent for a read of the type. */
  readonly subject?: string;
  /** Absent for all. */
  readonly namespace: string | undefined;
  /** The API server, as messages name it. */
  readonly server: string;
}

/** Why something could not be read. */
export function whyNot(
  error: unknown,
  { verb, type, subject, namespace, server }: Attempt,
): string {
  if (error instanceof TransportError && error.kind === "unreachable") {
    return `the API server at ${server} cannot be reached: ${reasonOfFetch(error)}`;
  }
  const what = typeof type === "string"
    ? type
    : `${type.plural}${type.group === "" ? "" : `.${type.group}`}`;
  const where = namespace === undefined ? "in all namespaces" : `in namespace ${namespace}`;
  if (isStatus(error, 401)) {
    return `the API server at ${server} does not know you, or your credentials have expired: ` +
      error.message;
  }
  if (isStatus(error, 403)) return `you need the right to ${verb} ${what} ${where}`;
  if (subject !== undefined) return `${subject}: ${messageOf(error)}`;
  if (isStatus(error, 404)) {
    return `the API server does not serve ${what}: the CustomResourceDefinitions are missing; run: ` +
      APPLY_DEFINITIONS;
  }
  return `${what} cannot be read: ${messageOf(error)}`;
}
