/** Which authorities a configuration trusts: those in use, and former ones that other replicas may use yet. */

import { authorityNameOf, certificatesIn, validityOf } from "../../../lib/tls/certificate.ts";

/** Former ones of each sort: more come only of replicas that keep dying while they renew. */
export const FORMER_MAX = 4;

/**
 * How long one of another name stays after it was found. Where a certificate is given instead of made, and
 * where this version follows the Go version, old and new replicas answer behind one Service until the last
 * old one has ended. Nobody renews such an authority here, so it must not be trusted for good.
 */
export const OTHERS_MS = 10 * 60_000;

/** The authorities of one configuration. */
export class TrustedAuthorities {
  /** By authority of another name, when it was found; milliseconds of the monotonic clock. */
  #foundMs: ReadonlyMap<string, number> = new Map();

  /**
   * The authorities to trust, as one text.
   *
   * @param authorities PEM texts of those in use.
   * @param stored What is trusted now.
   */
  with(
    authorities: readonly string[],
    stored: string,
    { nowMs, monotonicMs }: { readonly nowMs: number; readonly monotonicMs: number },
  ): string {
    const before = certificatesIn(stored);
    const wanted = [...new Set(authorities.flatMap(certificatesIn))];
    const names = new Set(wanted.map(authorityNameOf));
    const former = before.filter((cert) => !wanted.includes(cert));
    const isOwn = (cert: string) => names.has(authorityNameOf(cert));
    const others = former.filter((cert) => !isOwn(cert));
    this.#foundMs = new Map(
      others.map((cert) => [cert, this.#foundMs.get(cert) ?? monotonicMs]),
    );
    const recent = others.filter((cert) => monotonicMs - this.#foundMs.get(cert)! < OTHERS_MS);
    const trusted = [
      ...wanted,
      ...lastingOf(former.filter(isOwn), nowMs),
      ...lastingOf(recent, nowMs),
    ];
    // Replicas that use different ones would otherwise put their own first in turns.
    const isSame = trusted.length === before.length &&
      trusted.every((cert) => before.includes(cert));
    return isSame ? stored : trusted.join("");
  }
}

/** Those that are valid for longest. */
function lastingOf(certs: readonly string[], nowMs: number): readonly string[] {
  return [...new Set(certs)]
    .map((cert) => ({ cert, endMs: validityOf(cert)?.notAfterMs ?? -Infinity }))
    .filter(({ endMs }) => nowMs < endMs)
    .sort((a, b) => b.endMs - a.endMs)
    .slice(0, FORMER_MAX)
    .map(({ cert }) => cert);
}
