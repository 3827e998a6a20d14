/** A certificate for servers of tests on loopback. */

import { type CertificateAndKey, makeCertificate } from "../../../lib/tls/certificate.ts";

export function makeLoopbackCertificate(): Promise<CertificateAndKey> {
  const nowMs = Date.now();
  return makeCertificate({
    commonName: "test",
    dnsNames: ["localhost"],
    ipAddresses: ["127.0.0.1"],
    nowMs,
    expiresMs: nowMs + 86_400_000,
  });
}
