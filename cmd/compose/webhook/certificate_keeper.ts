/**
 * Keeps the certificate of the webhook and what the API servers trust in step.
 *
 * The authority stands in a Secret, and each replica has it issue a certificate that stays in memory. The
 * next authority is trusted by both configurations first, then it goes into the Secret, and only then does
 * a replica take a certificate of it. So whatever is used is trusted, at every moment and in every replica.
 */

import type { Clock } from "../../../lib/base/clock.ts";
import type { Logger } from "../../../lib/observe/logger.ts";
import {
  type CertificateAndKey,
  issueCertificate,
  makeAuthority,
  validityOf,
} from "../../../lib/tls/certificate.ts";
import {
  AUTHORITY_LIFE_MS,
  type AuthoritySecret,
  BEFORE_MS,
  type StoredAuthority,
} from "./authority_secret.ts";
import type { ConfigurationWriter } from "./configuration_writer.ts";

/** How long a certificate is valid from when it is made. */
const LIFE_MS = 7 * 24 * 3600_000;

/** How long after a write all API servers of a cluster have read it. */
export const SETTLED_MS = 60_000;

/** What it works with. */
export interface CertificateKeeperOptions {
  readonly secret: Pick<AuthoritySecret, "read" | "write">;
  readonly configurations: Pick<ConfigurationWriter, "ensure">;
  /** Names and addresses by which API servers call the webhook. */
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly clock: Clock;
  readonly log: Logger;
  /** Takes each certificate. */
  readonly use: (certificate: CertificateAndKey) => void;
}

/** A certificate in use. */
interface Leaf {
  readonly authority: CertificateAndKey;
  /** When the next one is due. */
  readonly renewMs: number;
}

/** Brings everything up to date when it is asked to. */
export class CertificateKeeper {
  readonly #options: CertificateKeeperOptions;
  /** By authority, since when the configurations trust it; milliseconds of the monotonic clock. */
  readonly #trustedSince = new Map<string, number>();
  #leaf: Leaf | undefined;
  /** The authority that is to follow. */
  #next: CertificateAndKey | undefined;

  constructor(options: CertificateKeeperOptions) {
    this.#options = options;
  }

  /** @throws when the cluster cannot be read or written; what is in use stays in use. */
  async look(signal: AbortSignal): Promise<void> {
    const { secret, clock } = this.#options;
    let stored = await secret.read(clock.nowMs(), signal);
    if (stored.authority === undefined) stored = await this.#begin(stored, signal);
    const { authority } = stored;
    if (authority === undefined) return;
    // Before anything else: the certificate is needed even where the configurations cannot be written.
    if (this.#leaf === undefined) await this.#issue(authority);
    if (stored.isOld) this.#next ??= await this.#make();
    else this.#next = undefined;
    await this.#trust([authority, this.#leaf?.authority, this.#next], signal);
    if (this.#next !== undefined && this.#isSettled(this.#next)) {
      await this.#replace(stored, this.#next, signal);
    } else if (this.#isDue(authority)) await this.#issue(authority);
  }

  /** Makes the first authority, or one in the place of what cannot be used. */
  async #begin(stored: StoredAuthority, signal: AbortSignal): Promise<StoredAuthority> {
    const { secret, clock, log } = this.#options;
    const authority = await this.#make();
    if (await secret.write(stored, authority, signal)) {
      log.log("info", "authority of the webhook made");
      return { authority, isOld: false };
    }
    return await secret.read(clock.nowMs(), signal);
  }

  async #replace(
    stored: StoredAuthority,
    next: CertificateAndKey,
    signal: AbortSignal,
  ): Promise<void> {
    const { secret, log } = this.#options;
    this.#next = undefined;
    if (!await secret.write(stored, next, signal)) return;
    log.log("info", "authority of the webhook renewed");
    await this.#issue(next);
  }

  async #trust(
    authorities: readonly (CertificateAndKey | undefined)[],
    signal: AbortSignal,
  ): Promise<void> {
    const { configurations, clock } = this.#options;
    const certs = [...new Set(authorities.flatMap((authority) => authority?.cert ?? []))];
    await configurations.ensure(certs, clock.nowMs(), signal);
    for (const cert of this.#trustedSince.keys()) {
      if (!certs.includes(cert)) this.#trustedSince.delete(cert);
    }
    for (const cert of certs) {
      if (!this.#trustedSince.has(cert)) this.#trustedSince.set(cert, clock.monotonicMs());
    }
  }

  #isSettled({ cert }: CertificateAndKey): boolean {
    const sinceMs = this.#trustedSince.get(cert);
    return sinceMs !== undefined && this.#options.clock.monotonicMs() - sinceMs >= SETTLED_MS;
  }

  /** Whether a certificate of this authority is to follow the one in use. */
  #isDue(authority: CertificateAndKey): boolean {
    const leaf = this.#leaf!;
    return this.#options.clock.nowMs() >= leaf.renewMs ||
      (leaf.authority.cert !== authority.cert && this.#isSettled(authority));
  }

  async #issue(authority: CertificateAndKey): Promise<void> {
    const { dnsNames, ipAddresses, clock, log, use } = this.#options;
    const nowMs = clock.nowMs();
    const authorityEndMs = validityOf(authority.cert)?.notAfterMs ?? Infinity;
    const notAfterMs = Math.min(nowMs + LIFE_MS, authorityEndMs);
    const validity = { notBeforeMs: nowMs - BEFORE_MS, notAfterMs };
    const commonName = dnsNames[0]!;
    const request = { commonName, dnsNames, ipAddresses, validity };
    use(await issueCertificate(request, authority));
    this.#leaf = { authority, renewMs: nowMs + (notAfterMs - nowMs) * 2 / 3 };
    log.log("info", "certificate of the webhook issued", {
      until: new Date(notAfterMs).toISOString(),
    });
  }

  #make(): Promise<CertificateAndKey> {
    const nowMs = this.#options.clock.nowMs();
    const validity = { notBeforeMs: nowMs - BEFORE_MS, notAfterMs: nowMs + AUTHORITY_LIFE_MS };
    return makeAuthority(`${this.#options.dnsNames[0]} authority`, validity);
  }
}
