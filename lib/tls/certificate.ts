/** Certificates that the process makes for itself. */

import { createPublicKey, X509Certificate } from "node:crypto";

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
  /** When it is valid; always when absent. */
  readonly validity?: Validity;
}

/** From when to when a certificate is valid; milliseconds since the epoch. */
export interface Validity {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/**
 * A certificate for every date that a clock can show, so that none is a reason to refuse it: clients
 * and server share a host, whose clock may be wrong. The last second is that of RFC 5280 section
 * 4.1.2.5, for certificates without an end.
 */
const ALWAYS = { notBeforeMs: 0, notAfterMs: Date.UTC(9999, 11, 31, 23, 59, 59) };
export const { notAfterMs: NOT_AFTER_MS } = ALWAYS;

/** Makes a self-signed ECDSA P-256 certificate of a server; its clients trust it itself. */
export async function makeCertificate(
  { commonName, dnsNames, ipAddresses, validity = ALWAYS }: CertificateRequest,
): Promise<CertificateAndKey> {
  // Loaded only when a certificate has to be made, once.
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: crypto.getRandomValues(new Uint8Array(8)).toHex(),
    name: `CN=${commonName}`,
    notBefore: new Date(validity.notBeforeMs),
    notAfter: new Date(validity.notAfterMs),
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

/** When a certificate is valid; `undefined` when the text is not a certificate. */
export function validityOf(cert: string): Validity | undefined {
  try {
    const { validFrom, validTo } = new X509Certificate(cert);
    const [notBeforeMs, notAfterMs] = [Date.parse(validFrom), Date.parse(validTo)];
    return Number.isNaN(notBeforeMs + notAfterMs) ? undefined : { notBeforeMs, notAfterMs };
  } catch {
    return undefined;
  }
}

/** ASN.1: a `dNSName` of a subject alternative name (RFC 5280 section 4.2.1.6). */
const DNS_NAME_TAG = 0x82;

/** Whether a certificate is for a host of this name. */
export function isForHost(cert: string, dnsName: string): boolean {
  try {
    // Deno 2.6 gives neither alternative names nor the octets as they are.
    const [, base64] = /-----BEGIN CERTIFICATE-----([^-]*)-----/.exec(cert) ?? [];
    const octets = Uint8Array.fromBase64(base64 ?? "").toHex();
    const name = new TextEncoder().encode(dnsName);
    return octets.includes(new Uint8Array([DNS_NAME_TAG, name.length, ...name]).toHex());
  } catch {
    return false;
  }
}

/** The public key of a certificate or of a private key. */
function publicKeyOf(pem: string): string {
  return createPublicKey(pem).export({ type: "spki", format: "pem" }).toString();
}
