/** Certificates that the process makes for itself. */

import { createPublicKey } from "node:crypto";

/** PEM texts. */
export interface CertificateAndKey {
  readonly cert: string;
  /** Private key of the certificate, PKCS #8. */
  readonly key: string;
}

/** The content of a certificate. */
export interface CertificateRequest {
  readonly commonName: string;
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
}

/**
 * A certificate for every date that a clock can show, so that none is a reason to refuse it: clients
 * and server share a host, whose clock may be wrong. The last second is that of RFC 5280 section
 * 4.1.2.5, for certificates without an end.
 */
const NOT_BEFORE_MS = 0;
export const NOT_AFTER_MS = Date.UTC(9999, 11, 31, 23, 59, 59);

/** Makes a self-signed ECDSA P-256 certificate of a server; its clients trust it itself. */
export async function makeCertificate(
  { commonName, dnsNames, ipAddresses }: CertificateRequest,
): Promise<CertificateAndKey> {
  // Loaded only when a certificate has to be made, once.
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: crypto.getRandomValues(new Uint8Array(8)).toHex(),
    name: `CN=${commonName}`,
    notBefore: new Date(NOT_BEFORE_MS),
    notAfter: new Date(NOT_AFTER_MS),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        ...dnsNames.map((value) => ({ type: "dns" as const, value })),
        ...ipAddresses.map((value) => ({ type: "ip" as const, value })),
      ]),
    ],
  });
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { cert: certificate.toString("pem"), key: x509.PemConverter.encode(pkcs8, "PRIVATE KEY") };
}

/** Whether these texts are a certificate and its key. */
export function belongTogether({ cert, key }: CertificateAndKey): boolean {
  try {
    // Deno 2.6 has no checkPrivateKey().
    return publicKeyOf(cert) === publicKeyOf(key);
  } catch {
    return false;
  }
}

/** The public key of a certificate or of a private key. */
function publicKeyOf(pem: string): string {
  return createPublicKey(pem).export({ type: "spki", format: "pem" }).toString();
}
