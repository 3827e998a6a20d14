/** Certificates that the process makes for itself. */

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
  readonly nowMs: number;
  readonly expiresMs: number;
}

/** Makes a self-signed ECDSA P-256 certificate of a server; its clients trust it itself. */
export async function makeCertificate(
  { commonName, dnsNames, ipAddresses, nowMs, expiresMs }: CertificateRequest,
): Promise<CertificateAndKey> {
  // Loaded only when a certificate has to be made, once in years.
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: crypto.getRandomValues(new Uint8Array(8)).toHex(),
    name: `CN=${commonName}`,
    // A clock that is set back a little must not turn the certificate into one of the future.
    notBefore: new Date(nowMs - 86_400_000),
    notAfter: new Date(expiresMs),
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
