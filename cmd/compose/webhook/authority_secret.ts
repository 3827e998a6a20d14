/** The authority that all replicas of the webhook have in common; it stands in a Secret. */

import { type JsonObject, objectAt, stringAt } from "../../../lib/base/json.ts";
import {
  formatNamespacedName,
  type KubeObject,
  type NamespacedName,
} from "../../../lib/api/meta.ts";
import { SECRETS } from "../../../lib/api/resources.ts";
import { isStatus, type KubeClient } from "../../../lib/kube/contract.ts";
import { canIssueBy, type CertificateAndKey, validityOf } from "../../../lib/tls/certificate.ts";
import { ownersWith, readOwner } from "./owner.ts";

const DAY_MS = 24 * 3600_000;

/** How long an authority is valid from when it is made. */
export const AUTHORITY_LIFE_MS = 365 * DAY_MS;

/** How long before an authority or a certificate is valid already: clocks of API servers may be behind. */
export const BEFORE_MS = 30 * DAY_MS;

/** The Secret as it was read. */
export interface StoredAuthority {
  /** Absent when there is no Secret. */
  readonly object?: KubeObject;
  /** Absent when it cannot be used. */
  readonly authority?: CertificateAndKey;
  /** Whether the next one is due. */
  readonly isOld: boolean;
}

/** How it reaches the cluster. */
export interface AuthoritySecretOptions {
  readonly client: Pick<KubeClient, "get" | "create" | "replace">;
  readonly name: NamespacedName;
  /** The ClusterRole that the Secret goes with. */
  readonly owner: string;
}

/** The Secret. */
export class AuthoritySecret {
  readonly #options: AuthoritySecretOptions;

  constructor(options: AuthoritySecretOptions) {
    this.#options = options;
  }

  async read(nowMs: number, signal: AbortSignal): Promise<StoredAuthority> {
    const { client, name } = this.#options;
    try {
      const object = await client.get(SECRETS, name, signal);
      return { object, ...await authorityIn(object, nowMs) };
    } catch (error) {
      if (isStatus(error, 404)) return { isOld: false };
      throw error;
    }
  }

  /**
   * Puts an authority in the place of what was read, such as that of the Go version.
   *
   * @throws {Error} when the Secret has something else that would be lost.
   * @returns False when another replica was faster: then its authority is to be read.
   */
  async write(
    { object }: StoredAuthority,
    authority: CertificateAndKey,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { client, name, owner } = this.#options;
    const data = dataOf(authority);
    const others = Object.keys(objectAt(object, "data")).filter((key) => !Object.hasOwn(data, key));
    if (others.length > 0) {
      throw new Error(
        `Secret ${formatNamespacedName(name)} is in the way: it has ${
          others.join(", ")
        }; delete it, ` +
          "or give the webhook another --name",
      );
    }
    const ownerReferences = ownersWith(
      await readOwner(client, owner, signal),
      object?.metadata.ownerReferences,
    );
    const metadata = { ...name, ...object?.metadata, ownerReferences };
    try {
      if (object === undefined) {
        const fresh = { apiVersion: "v1", kind: "Secret", type: "kubernetes.io/tls" };
        await client.create(SECRETS, { ...fresh, metadata, data }, { signal });
      } else await client.replace(SECRETS, { ...object, metadata, data }, { signal });
      return true;
    } catch (error) {
      if (isStatus(error, 409)) return false;
      throw error;
    }
  }
}

/** What a Secret has. One that only begins later is used: the clock that says so may be behind. */
async function authorityIn(
  object: KubeObject,
  nowMs: number,
): Promise<Pick<StoredAuthority, "authority" | "isOld">> {
  const data = objectAt(object, "data");
  const found = { cert: textIn(data, "tls.crt"), key: textIn(data, "tls.key") };
  const validity = validityOf(found.cert);
  const isUsable = validity !== undefined && nowMs < validity.notAfterMs && await canIssueBy(found);
  if (!isUsable) return { isOld: false };
  return { authority: found, isOld: nowMs >= validity.notAfterMs - AUTHORITY_LIFE_MS / 3 };
}

function textIn(data: JsonObject, key: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.fromBase64(stringAt(data, key)));
  } catch {
    return "";
  }
}

function dataOf({ cert, key }: CertificateAndKey): Record<string, string> {
  const base64 = (text: string) => new TextEncoder().encode(text).toBase64();
  return { "tls.crt": base64(cert), "tls.key": base64(key) };
}
