/** The Secret of the agents of the pool of the examples, and who keeps it. */

import type { KubeObject } from "../../../lib/api/meta.ts";
import type { ReportCredentials } from "../../../lib/controller/agents/report/report_source.ts";
import { StatusError } from "../../../lib/kube/contract.ts";
import { ClusterReportSecrets } from "../../../cmd/compose/reports/report_secrets.ts";

const POOL = { namespace: "default", name: "ippool-1" };

/** One Secret, as an API server keeps it. */
export class SecretStore {
  stored: KubeObject | undefined;
  nowMs = Date.UTC(2026, 0, 1);
  writes = 0;
  /** What happens before a write. */
  before = () => {};
  readonly secrets = new ClusterReportSecrets({
    namespace: "vm-dhcp",
    clock: { nowMs: () => this.nowMs },
    client: {
      get: () =>
        this.stored === undefined
          ? Promise.reject(new StatusError(404, "NotFound", "no such secret"))
          : Promise.resolve(this.stored),
      create: (_, object) => this.#write(object, this.stored === undefined),
      replace: (_, object) =>
        this.stored?.immutable === true
          ? Promise.reject(new StatusError(422, "Invalid", "field is immutable"))
          : this.#write(object, true),
      delete: (_, _name, options) => this.#delete(options?.preconditions?.resourceVersion),
    },
  });

  /** The same Secret, for another controller. */
  copy(): SecretStore {
    const other = new SecretStore();
    other.stored = this.stored;
    other.nowMs = this.nowMs;
    return other;
  }

  ensure(): Promise<ReportCredentials> {
    return this.secrets.ensure(POOL, new AbortController().signal);
  }

  text(key: string): string {
    const data = this.stored?.data as Record<string, string>;
    return new TextDecoder().decode(Uint8Array.fromBase64(data[key] ?? ""));
  }

  /** Edits a value of the Secret. */
  set(key: string, text: string): void {
    const value = new TextEncoder().encode(text).toBase64();
    const data = { ...this.stored!.data as object, [key]: value };
    this.stored = this.#versioned({ ...this.stored!, data });
  }

  // deno-lint-ignore require-await
  async #write(object: KubeObject, isFree: boolean): Promise<KubeObject> {
    this.before();
    const version = this.stored?.metadata.resourceVersion;
    if (!isFree || object.metadata.resourceVersion !== version) {
      throw new StatusError(409, "Conflict", "it has changed");
    }
    this.writes++;
    return this.stored = this.#versioned(object);
  }

  // deno-lint-ignore require-await
  async #delete(version: string | undefined): Promise<void> {
    if (version !== this.stored?.metadata.resourceVersion) {
      throw new StatusError(409, "Conflict", "it has changed");
    }
    this.stored = undefined;
  }

  #versioned(object: KubeObject): KubeObject {
    const before = Number(this.stored?.metadata.resourceVersion ?? 0);
    return { ...object, metadata: { ...object.metadata, resourceVersion: `${before + 1}` } };
  }
}
