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

/** ECDSA P-256. */
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** Makes a self-signed certificate of a server; its clients trust it itself. */
export async function makeCertificate(
  { commonName, dnsNames, ipAddresses, validity = ALWAYS }: CertificateRequest,
): Promise<CertificateAndKey> {
  const x509 = await loadX509();
  const keys = await makeKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...termsOf(validity),
    name: `CN=${commonName}`,
    keys,
    extensions: serverExtensions(x509, { dnsNames, ipAddresses }),
  });
  return await pemOf(x509, certificate, keys.privateKey);
}

/** Makes an authority, which issues certificates of servers and none of other authorities. */
export async function makeAuthority(
  commonName: string,
  validity: Validity,
): Promise<CertificateAndKey> {
  const x509 = await loadX509();
  const keys = await makeKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...termsOf(validity),
    name: `CN=${commonName}`,
    keys,
    extensions: [
      // No authority below this one (RFC 5280 section 4.2.1.9).
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return await pemOf(x509, certificate, keys.privateKey);
}

/** Has an authority issue the certificate of a server. */
export async function issueCertificate(
  { commonName, dnsNames, ipAddresses, validity = ALWAYS }: CertificateRequest,
  authority: CertificateAndKey,
): Promise<CertificateAndKey> {
  const x509 = await loadX509();
  const keys = await makeKeys();
  const issuer = new x509.X509Certificate(authority.cert);
  const certificate = await x509.X509CertificateGenerator.create({
    ...termsOf(validity),
    subject: `CN=${commonName}`,
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey: await signingKeyOf(x509, authority),
    extensions: [
      ...serverExtensions(x509, { dnsNames, ipAddresses }),
      // Authorities that follow each other have one name, so it does not tell which one it was.
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return await pemOf(x509, certificate, keys.privateKey);
}

/** Whether this program can issue certificates by an authority: its key may be of another kind. */
export async function canIssueBy(authority: CertificateAndKey): Promise<boolean> {
  if (authorityNameOf(authority.cert) === undefined || !belongTogether(authority)) return false;
  try {
    await signingKeyOf(await loadX509(), authority);
    return true;
  } catch {
    return false;
  }
}

type X509 = typeof import("@peculiar/x509");

/** Loaded only when a certificate has to be made. */
export async function loadX509(): Promise<X509> {
  await import("reflect-metadata");
  return await import("@peculiar/x509");
}

/** @throws when the key is not one in PKCS #8 for ECDSA P-256. */
function signingKeyOf(x509: X509, { key }: CertificateAndKey): Promise<CryptoKey> {
  const pkcs8 = x509.PemConverter.decodeFirst(key);
  return crypto.subtle.importKey("pkcs8", pkcs8, ALGORITHM, false, ["sign"]);
}

function makeKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

function termsOf({ notBeforeMs, notAfterMs }: Validity) {
  return {
    serialNumber: crypto.getRandomValues(new Uint8Array(8)).toHex(),
    notBefore: new Date(notBeforeMs),
    notAfter: new Date(notAfterMs),
    signingAlgorithm: ALGORITHM,
  };
}

function serverExtensions(
  x509: X509,
  { dnsNames, ipAddresses }: Pick<CertificateRequest, "dnsNames" | "ipAddresses">,
) {
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    new x509.SubjectAlternativeNameExtension([
      ...dnsNames.map((value) => ({ type: "dns" as const, value })),
      ...ipAddresses.map((value) => ({ type: "ip" as const, value })),
    ]),
  ];
}

async function pemOf(
  x509: X509,
  certificate: { toString(format: "pem"): string },
  key: CryptoKey,
): Promise<CertificateAndKey> {
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", key);
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

/** The name of an authority; `undefined` when the text is not the certificate of one. */
export function authorityNameOf(cert: string): string | undefined {
  try {
    const { ca, subject } = new X509Certificate(cert);
    return ca ? subject : undefined;
  } catch {
    return undefined;
  }
}

/** The certificates in a text, each as it stands there with a line end. */
export function certificatesIn(pem: string): readonly string[] {
  const blocks = pem.matchAll(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g);
  return [...blocks].map(([block]) => `${block}\n`);
}

/** ASN.1: kinds of a subject alternative name (RFC 5280 section 4.2.1.6). */
const DNS_NAME_TAG = 0x82;
const IP_ADDRESS_TAG = 0x87;

/** Whether a certificate is for a host of this name or IPv4 address, also by a wildcard (RFC 9525 section 6.3). */
export function isForHost(cert: string, host: string): boolean {
  const isAddress = /^\d+(\.\d+){3}$/.test(host);
  const names = isAddress
    ? [Uint8Array.from(host.split("."), Number)]
    : [host, host.replace(/^[^.]+\./, "*.")].map((name) => new TextEncoder().encode(name));
  const tag = isAddress ? IP_ADDRESS_TAG : DNS_NAME_TAG;
  try {
    // Deno 2.6 gives neither alternative names nor the octets as they are.
    const [, base64] = /-----BEGIN CERTIFICATE-----([^-]*)-----/.exec(cert) ?? [];
    const octets = Uint8Array.fromBase64(base64 ?? "").toHex();
    return names.some((name) =>
      octets.includes(new Uint8Array([tag, name.length, ...name]).toHex())
    );
  } catch {
    return false;
  }
}

/** The public key of a certificate or of a private key. */
function publicKeyOf(pem: string): string {
  return createPublicKey(pem).export({ type: "spki", format: "pem" }).toString();
}
