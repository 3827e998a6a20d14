/** Reads certificates and tokens again and again: clusters rotate them while the process runs. */

import { errorOf } from "../../base/errors.ts";
import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../observe/logger.ts";
import type { ClusterAccess, Material } from "./cluster_access.ts";
import { type ExecCredential, ExecCredentialCache } from "./exec_credential.ts";
import {
  checkTlsMaterial,
  isSameTlsMaterial,
  NO_TLS_MATERIAL,
  type TlsMaterial,
} from "./tls_material.ts";
import { readRegularFile } from "./text_file.ts";

/** What requests carry now. */
export interface Credentials {
  readonly tls: TlsMaterial;
  /** Value of the Authorization header. */
  readonly authorization: string | undefined;
}

/** Age at which files are read again: bound tokens are renewed well before they expire. */
const CREDENTIALS_MS_MAX = 60_000;

/**
 * How often files are read for one refused request, and how far apart: half-written ones are
 * complete soon.
 */
const READINGS_MAX = 5;
const READ_AGAIN_MS = 50;

/** What a header may carry (RFC 9110 section 5.5); the runtime would repeat anything else in its error. */
const VISIBLE = /^[\x20-\x7e]*$/;

/** The text of a file. */
type ReadFile = (path: string) => Promise<string>;

/** Holds the credentials and refreshes them when they are used. */
export class CredentialSource {
  readonly #access: ClusterAccess;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #exec: ExecCredentialCache | undefined;
  readonly #readFile: ReadFile;
  #held: Credentials | undefined;
  #heldSinceMs = 0;
  /** Whether the files did not fit together when they were read last. */
  #isTorn = false;
  #reading: Promise<Credentials> | undefined;

  constructor(access: ClusterAccess, clock: Clock, log: Logger, readFile = readRegularFile) {
    this.#readFile = readFile;
    this.#access = access;
    this.#clock = clock;
    this.#log = log;
    this.#exec = access.exec && new ExecCredentialCache(access.exec, clock);
  }

  /** The material for new connections: what was read last. */
  get tls(): TlsMaterial {
    return this.#held?.tls ?? NO_TLS_MATERIAL;
  }

  /**
   * The credentials. Their files are read again after a minute, and the plugin runs again when its
   * credential has expired.
   *
   * @throws {Error} when there were never any: it names the file or the plugin, or says why
   * certificate and key do not work.
   */
  async current(): Promise<Credentials> {
    // Not by the wall clock: set back by an hour, it would keep an expired token.
    const aged = this.#clock.monotonicMs() - this.#heldSinceMs >= CREDENTIALS_MS_MAX ||
      this.#exec?.hasExpired === true;
    return this.#held === undefined || aged ? await this.#readOnce() : this.#held;
  }

  /**
   * Reads the files or runs the plugin now, because the server refused the credentials.
   *
   * @param refused The credentials that were refused.
   * @param isRepeated Whether others were refused for the same request before. Then no plugin is asked: one
   * that gives something new each time, none of it good, would run without end.
   * @returns Whether there are others to try.
   */
  async hasNewerThan(refused: Credentials, isRepeated: boolean): Promise<boolean> {
    // By what they say: files that are read again without a change make an object of their own.
    const isNewer = () => this.#held !== undefined && !isSame(this.#held, refused);
    if (isRepeated && this.#exec !== undefined) return isNewer();
    // A reading that is under way may have begun before the refusal, and before the change of the files.
    if (!isNewer() && this.#reading !== undefined) await this.#reading;
    if (!isNewer()) this.#exec?.forget();
    for (let readings = 1; !isNewer(); readings++) {
      await this.#readOnce();
      if (!this.#isTorn || readings === READINGS_MAX) break;
      await this.#clock.sleep(READ_AGAIN_MS);
    }
    return isNewer();
  }

  /**
   * Notes that no connection came about. The server may have refused the certificate of the plugin, so the
   * next reading, a minute after the last one, asks for another. Files are read again anyway.
   */
  noteUnreachable(): void {
    if (this.#access.clientCertificate === undefined && this.tls.clientCertificate !== undefined) {
      this.#exec?.forget();
    }
  }

  /** One reading for all callers at the same time. */
  #readOnce(): Promise<Credentials> {
    this.#reading ??= this.#read().finally(() => this.#reading = undefined);
    return this.#reading;
  }

  async #read(): Promise<Credentials> {
    try {
      const read = await readCredentials(this.#access, await this.#exec?.get(), this.#readFile);
      // A rotation replaces files one by one: a new certificate beside the old key does not work.
      if (!isSameTlsMaterial(read.tls, this.tls)) checkTlsMaterial(read.tls);
      this.#held = read;
      this.#isTorn = false;
    } catch (error) {
      if (this.#held === undefined) throw error;
      // A plugin that failed takes its time, and fails again.
      this.#isTorn = this.#exec === undefined;
      // The old ones are likely still valid.
      this.#log.log("warn", "credentials cannot be read again, keeping the old ones", {
        error: errorOf(error),
      });
    }
    this.#heldSinceMs = this.#clock.monotonicMs();
    return this.#held;
  }
}

/** An authority is compared too: with another one, connections may lead to another server. */
function isSame(a: Credentials, b: Credentials): boolean {
  return a.authorization === b.authorization && isSameTlsMaterial(a.tls, b.tls);
}

/** What the kubeconfig says itself wins over what the plugin gives, as in client-go. */
async function readCredentials(
  access: ClusterAccess,
  exec: ExecCredential | undefined,
  readFile: ReadFile,
): Promise<Credentials> {
  const readMaterial = (what: string, from: Material | undefined) =>
    materialOf(what, from, readFile);
  const token = (await readMaterial("token", access.token))?.trim() ?? exec?.token;
  if (token !== undefined && !VISIBLE.test(token)) {
    throw new Error(
      "the token of the cluster has characters that no token has, such as a line break",
    );
  }
  const own = await readMaterial("client certificate", access.clientCertificate);
  const key = await readMaterial("client key", access.clientKey);
  return {
    tls: {
      certificateAuthority: await readMaterial(
        "certificate authority",
        access.certificateAuthority,
      ),
      clientCertificate: own ?? exec?.clientCertificate,
      clientKey: own === undefined ? exec?.clientKey : key,
    },
    authorization: token === undefined ? basicOf(access) : `Bearer ${token}`,
  };
}

function basicOf({ basicAuth }: ClusterAccess): string | undefined {
  if (basicAuth === undefined) return undefined;
  const bytes = new TextEncoder().encode(`${basicAuth.username}:${basicAuth.password}`);
  return `Basic ${bytes.toBase64()}`;
}

async function materialOf(
  what: string,
  from: Material | undefined,
  readFile: ReadFile,
): Promise<string | undefined> {
  if (from === undefined || "text" in from) return from?.text;
  let text: string;
  try {
    text = await readFile(from.path);
  } catch (error) {
    throw new Error(`cannot read the ${what} of the cluster from ${from.path}`, { cause: error });
  }
  // A file that is written in place is empty for a moment.
  if (text.trim() === "") throw new Error(`the ${what} of the cluster in ${from.path} is empty`);
  return text;
}
