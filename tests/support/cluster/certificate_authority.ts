/** Certificates for a control plane and its clients. */

import "reflect-metadata";
import * as x509 from "@peculiar/x509";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY_MS = 86_400_000;

/** A certificate and its key, both PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** The subject of a certificate. */
export interface Subject {
  /** Name of the user or of the server. */
  readonly commonName: string;
  /** The user's groups. */
  readonly organizations?: readonly string[];
  /** Addresses of the server besides loopback. */
  readonly addresses?: readonly string[];
}

/** An authority of its own. */
export class CertificateAuthority {
  private constructor(
    /** Its certificate, PEM. */
    readonly cert: string,
    private readonly issuer: string,
    private readonly signingKey: CryptoKey,
  ) {}

  /** Makes an authority. @param name Its common name. */
  static async create(name = "vm-dhcp test authority"): Promise<CertificateAuthority> {
    const keys = await generateKeys();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      ...validity(),
      serialNumber: randomSerialNumber(),
      name: `CN=${name}`,
      signingAlgorithm: ALGORITHM,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(
          x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature,
          true,
        ),
      ],
    });
    return new CertificateAuthority(
      certificate.toString("pem"),
      certificate.subject,
      keys.privateKey,
    );
  }

  /** A certificate for a server on loopback and for a client of this name. */
  async issue({ commonName, organizations = [], addresses = [] }: Subject): Promise<KeyPair> {
    const keys = await generateKeys();
    const certificate = await x509.X509CertificateGenerator.create({
      ...validity(),
      serialNumber: randomSerialNumber(),
      subject: [`CN=${commonName}`, ...organizations.map((name) => `O=${name}`)].join(", "),
      issuer: this.issuer,
      publicKey: keys.publicKey,
      signingKey: this.signingKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([
          x509.ExtendedKeyUsage.serverAuth,
          x509.ExtendedKeyUsage.clientAuth,
        ]),
        new x509.SubjectAlternativeNameExtension([
          { type: "dns", value: "localhost" },
          ...["127.0.0.1", ...addresses].map((value) => ({ type: "ip" as const, value })),
        ]),
      ],
    });
    return { cert: certificate.toString("pem"), key: await exportKey(keys.privateKey) };
  }
}

/** A key pair such as service accounts' tokens are signed with: its public and its private half. */
export async function createSigningKeys(): Promise<{ publicKey: string; privateKey: string }> {
  const keys = await generateKeys();
  const spki = await crypto.subtle.exportKey("spki", keys.publicKey);
  return {
    publicKey: x509.PemConverter.encode(spki, "PUBLIC KEY"),
    privateKey: await exportKey(keys.privateKey),
  };
}

function generateKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

async function exportKey(key: CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await crypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}

function randomSerialNumber(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  bytes[0]! &= 0x7f;
  return bytes.toHex();
}

function validity() {
  const now = Date.now();
  return { notBefore: new Date(now - DAY_MS), notAfter: new Date(now + DAY_MS) };
}
