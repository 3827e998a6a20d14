/** The data folder of standalone: its secrets, and the kubeconfig that opens the API. */

import { isJsonObject, parseJson, stringAt } from "../../../lib/base/json.ts";
import { makeToken } from "../../../lib/http/bearer_token.ts";
import { DataFolderError } from "../../../lib/apiserver/store/data_folder_error.ts";
import {
  belongTogether,
  type CertificateAndKey,
  makeCertificate,
  NOT_AFTER_MS,
} from "../../../lib/tls/certificate.ts";
import { replaceFile } from "../../../lib/sys/host/replace_file.ts";
import { reasonOf } from "../files/file_fault.ts";
import { makePrivate } from "./private_folder.ts";

/** The secrets that clients and the API server share. Clients trust the certificate itself. */
export interface Credentials extends CertificateAndKey {
  readonly token: string;
}

/** Readable by its owner only: the folder holds the key to the API. */
const FOLDER_MODE = 0o700;
const CREDENTIALS_FILE = "credentials.json";

/**
 * Makes the folder when it is missing, and keeps others out of it.
 *
 * @returns Sentences about what others may use all the same.
 * @throws {DataFolderError} when that fails.
 */
export async function makeDataFolder(dataDir: string): Promise<string[]> {
  try {
    await Deno.mkdir(dataDir, { recursive: true, mode: FOLDER_MODE });
  } catch (error) {
    throw new DataFolderError(dataDir, `cannot be made: ${reasonOf(error)}`);
  }
  return await makePrivate(dataDir);
}

/**
 * Reads the credentials of a data folder, or makes them at the first start. The file is readable by
 * its owner only. Nothing here depends on the clock: it may be wrong now, or later.
 *
 * @throws {DataFolderError} when the file cannot be read, written or understood.
 */
export async function loadCredentials(dataDir: string): Promise<Credentials> {
  const path = `${dataDir}/${CREDENTIALS_FILE}`;
  const text = await readIfPresent(path);
  const old = text === undefined ? undefined : parseCredentials(path, text);
  // An earlier release made certificates that end, and that a clock before their time refuses.
  if (old?.expiresMs === NOT_AFTER_MS) return old.credentials;
  const certificate = await makeCertificate({
    commonName: "vm-dhcp standalone",
    dnsNames: ["localhost"],
    ipAddresses: ["127.0.0.1"],
  });
  const credentials = { token: old?.credentials.token ?? makeToken(), ...certificate };
  const content = { ...credentials, expiresMs: NOT_AFTER_MS };
  try {
    await writePrivateFile(path, JSON.stringify(content, null, 2) + "\n");
  } catch (error) {
    // Those that are there still work for now.
    if (old === undefined) throw error;
    return old.credentials;
  }
  return credentials;
}

/** The content of a kubeconfig, and its path. */
export interface KubeconfigRequest {
  readonly path: string;
  readonly url: string;
  readonly credentials: Credentials;
  /** `HOST:PORT` of health, metrics and dumps, for commands that ask them. */
  readonly http?: string | undefined;
}

/** Name of the extension of a cluster in a kubeconfig that says where dumps are. */
const KUBECONFIG_EXTENSION = "vm-dhcp";

/**
 * Writes a kubeconfig, whole or not at all, readable by its owner only. One that says the same is left
 * alone: a write could fail where nothing has to be written.
 *
 * @throws {DataFolderError} when it cannot be written.
 */
export async function writeKubeconfig(
  { path, url, credentials, http }: KubeconfigRequest,
): Promise<void> {
  const extensions = http && [{ name: KUBECONFIG_EXTENSION, extension: { http } }];
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{
      name: "vm-dhcp",
      cluster: {
        server: url,
        "certificate-authority-data": btoa(credentials.cert),
        ...extensions && { extensions },
      },
    }],
    users: [{ name: "vm-dhcp", user: { token: credentials.token } }],
    contexts: [{
      name: "vm-dhcp",
      context: { cluster: "vm-dhcp", user: "vm-dhcp", namespace: "default" },
    }],
    "current-context": "vm-dhcp",
  };
  // JSON is YAML, so any reader of kubeconfigs takes it.
  const text = JSON.stringify(config, null, 2) + "\n";
  const present = await readIfPresent(path).catch(() => undefined);
  if (present !== text) await writePrivateFile(path, text);
}

/** The port in a kubeconfig that an earlier run wrote; 0 when there is none that can be read. */
export async function portOf(kubeconfigPath: string): Promise<number> {
  const text = await readIfPresent(kubeconfigPath).catch(() => undefined) ?? "";
  return Number(/"server": *"https:\/\/127\.0\.0\.1:(\d+)"/.exec(text)?.[1] ?? 0);
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new DataFolderError(path, `cannot be read: ${reasonOf(error)}`, { cause: error });
  }
}

/** What a client can send in a header. */
const TOKEN = /^[\x21-\x7e]+$/;

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
  const isWhole = TOKEN.test(credentials.token) && belongTogether(credentials);
  if (!isWhole || typeof expiresMs !== "number") {
    throw new DataFolderError(
      path,
      "is damaged: delete it; the next start makes new credentials and a new kubeconfig.",
    );
  }
  return { credentials, expiresMs };
}

/**
 * Writes a file that only its owner may read, whole or not at all.
 *
 * @throws {DataFolderError} when it cannot be written.
 */
async function writePrivateFile(path: string, text: string): Promise<void> {
  try {
    await replaceFile(path, `${path}.${crypto.randomUUID()}`, text);
  } catch (error) {
    throw new DataFolderError(path, `cannot be written: ${reasonOf(error)}`, { cause: error });
  }
}
