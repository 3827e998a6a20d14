/** Whether a client that trusts some authorities trusts a server's certificate. */

import { certificatesIn, loadX509 } from "./certificate.ts";

/**
 * Follows the signatures from a certificate to an authority. Dates are not looked at. A signature of a kind that cannot
 * be checked here counts as right.
 *
 * @param chain PEM: the certificate of the server, then those of authorities between, in any order.
 * @param authorities PEM of those that are trusted.
 */
export async function isTrusted(chain: string, authorities: string): Promise<boolean> {
  const { X509Certificate } = await loadX509();
  const read = (pem: string) =>
    certificatesIn(pem).flatMap((each) => {
      try {
        return [new X509Certificate(each)];
      } catch {
        return [];
      }
    });
  const [roots, between] = [read(authorities), read(chain)];
  const [leaf] = between;
  if (leaf === undefined) return false;
  const seen = new Set([leaf]);
  for (const certificate of seen) {
    if (roots.some((root) => root.equal(certificate))) return true;
    for (const root of roots) if (await isSignedBy(certificate, root)) return true;
    for (const other of between) if (await isSignedBy(certificate, other)) seen.add(other);
  }
  return false;
}

type Certificate = InstanceType<Awaited<ReturnType<typeof loadX509>>["X509Certificate"]>;

async function isSignedBy(certificate: Certificate, authority: Certificate): Promise<boolean> {
  if (certificate.issuer !== authority.subject) return false;
  try {
    return await certificate.verify({ publicKey: authority, signatureOnly: true });
  } catch {
    return true;
  }
}
