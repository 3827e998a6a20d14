/** The secrets of an embedded API server: its token, its certificate, and the kubeconfig with both. */

import { isJsonObject, parseJson, stringAt } from "../../base/json.ts";
import { DataFolderError } from "../store/database.ts";
import { writePrivateFile } from "./private_file.ts";

/** What clients and the server share. */
export interface Credentials {
  readonly token: string;
  /** Certificate of 127.0.0.1 and localhost, PEM; clients trust it itself. */
  readonly cert: string;
  /** Private key of the certificate, PKCS #8 PEM. */
  readonly key: string;
}

const FILE_NAME = "credentials.json";
const TOKEN_BYTES = 32;
const VALID_MS = 10 * 365 * 86_400_000;
/** A certificate that is this close to its end is replaced at the next start. */
const RENEWAL_MS = 30 * 86_400_000;

/**
 * Reads the credentials of a data folder, or makes them at the first start. The file is readable by
 * its owner only.
 *
 * @throws {DataFolderError} when the file cannot be read, written or understood.
 */
export async function loadCredentials(dataDir: string): Promise<Credentials> {
  const path = `${dataDir}/${FILE_NAME}`;
  const text = await readIfPresent(path);
  const old = text === undefined ? undefined : parseCredentials(path, text);
  if (old !== undefined && old.expiresMs - Date.now() > RENEWAL_MS) return old.credentials;
  const expiresMs = Date.now() + VALID_MS;
  const token = old?.credentials.token ?? randomToken();
  const credentials = { token, ...await makeCertificate(expiresMs) };
  await writePrivateFile(path, JSON.stringify({ ...credentials, expiresMs }, null, 2) + "\n");
  return credentials;
}

/** Where clients find the server, and where to write that down. */
export interface KubeconfigRequest {
  readonly path: string;
  readonly url: string;
  readonly credentials: Credentials;
}

/**
 * Writes a kubeconfig, whole or not at all, readable by its owner only.
 *
 * @throws {DataFolderError} when it cannot be written.
 */
export async function writeKubeconfig(
  { path, url, credentials }: KubeconfigRequest,
): Promise<void> {
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{
      name: "vm-dhcp",
      cluster: { server: url, "certificate-authority-data": btoa(credentials.cert) },
    }],
    users: [{ name: "vm-dhcp", user: { token: credentials.token } }],
    contexts: [{
      name: "vm-dhcp",
      context: { cluster: "vm-dhcp", user: "vm-dhcp", namespace: "default" },
    }],
    "current-context": "vm-dhcp",
  };
  // JSON is YAML, so any reader of kubeconfigs takes it.
  await writePrivateFile(path, JSON.stringify(config, null, 2) + "\n");
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new DataFolderError(path, "cannot be read: see that this user may read it.", {
      cause: error,
    });
  }
}

function parseCredentials(
  path: string,
  text: string,
): { credentials: Credentials; expiresMs: number } {
  // The parser's own message could quote the secrets.
  const value = parseJson(text);
  const credentials = {
    token: stringAt(value, "token"),
    cert: stringAt(value, "cert"),
    key: stringAt(value, "key"),
  };
  const expiresMs = isJsonObject(value) ? value["expiresMs"] : undefined;
  if (Object.values(credentials).includes("") || typeof expiresMs !== "number") {
    throw new DataFolderError(
      path,
      "is damaged: delete it; the next start makes new credentials and a new kubeconfig.",
    );
  }
  return { credentials, expiresMs };
}

function randomToken(): string {
  return crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)).toHex();
}

/** A self-signed ECDSA P-256 certificate for loopback. */
async function makeCertificate(expiresMs: number): Promise<{ cert: string; key: string }> {
  // Loaded only when a certificate has to be made, once in ten years.
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: crypto.getRandomValues(new Uint8Array(8)).toHex(),
    name: "CN=vm-dhcp standalone",
    // A clock that was set back a little must not make the certificate a thing of the future.
    notBefore: new Date(Date.now() - 86_400_000),
    notAfter: new Date(expiresMs),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        { type: "dns", value: "localhost" },
        { type: "ip", value: "127.0.0.1" },
      ]),
    ],
  });
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { cert: certificate.toString("pem"), key: x509.PemConverter.encode(pkcs8, "PRIVATE KEY") };
}
