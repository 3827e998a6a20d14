/** Reads certificates and tokens, again and again: clusters rotate them under a running process. */

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

/** What requests carry at the moment. */
export interface Credentials {
  readonly tls: TlsMaterial;
  /** Value of the Authorization header. */
  readonly authorization: string | undefined;
}

/** Age at which files are read again: bound service account tokens are renewed well before their end. */
const CREDENTIALS_MS_MAX = 60_000;

/** Holds the credentials and refreshes them when they are used. */
export class CredentialSource {
  readonly #access: ClusterAccess;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #exec: ExecCredentialCache | undefined;
  #held: Credentials | undefined;
  #heldSinceMs = 0;
  #reading: Promise<Credentials> | undefined;

  constructor(access: ClusterAccess, clock: Clock, log: Logger) {
    this.#access = access;
    this.#clock = clock;
    this.#log = log;
    this.#exec = access.exec && new ExecCredentialCache(access.exec, clock);
  }

  /** What connections are made with now; what was read last. */
  get tls(): TlsMaterial {
    return this.#held?.tls ?? NO_TLS_MATERIAL;
  }

  /**
   * The credentials, read from their files when they are a minute old, and asked of the plugin when
   * they have expired.
   *
   * @throws {Error} that names the file or the plugin, when it gives nothing and never did, or that says
   * why certificate and key are of no use.
   */
  async current(): Promise<Credentials> {
    // Not by the wall clock: set back by an hour, it would keep a token that has ended meanwhile.
    const aged = this.#clock.monotonicMs() - this.#heldSinceMs >= CREDENTIALS_MS_MAX ||
      this.#exec?.hasExpired === true;
    return this.#held === undefined || aged ? await this.#readOnce() : this.#held;
  }

  /**
   * Reads the files and asks the plugin now, because the server refused what it was shown.
   *
   * @param refused The credentials that were refused.
   * @returns Whether there are others to try.
   */
  async hasNewerThan(refused: Credentials): Promise<boolean> {
    // Somebody else may have renewed them while the answer was on its way.
    if (this.#held === refused) this.#exec?.forget();
    const { authorization, tls } = await this.#readOnce();
    return authorization !== refused.authorization ||
      tls.clientCertificate !== refused.tls.clientCertificate;
  }

  /** One reading for all who ask at the same time. */
  #readOnce(): Promise<Credentials> {
    this.#reading ??= this.#read().finally(() => this.#reading = undefined);
    return this.#reading;
  }

  async #read(): Promise<Credentials> {
    try {
      const read = await readCredentials(this.#access, await this.#exec?.get());
      // A rotation replaces files one by one: a new certificate beside the old key is of no use.
      if (!isSameTlsMaterial(read.tls, this.tls)) checkTlsMaterial(read.tls);
      this.#held = read;
    } catch (error) {
      if (this.#held === undefined) throw error;
      // What was held is likely still good.
      this.#log.log("warn", "credentials cannot be read again, keeping the old ones", {
        error: errorOf(error),
      });
    }
    this.#heldSinceMs = this.#clock.monotonicMs();
    return this.#held;
  }
}

/** What the kubeconfig says itself wins over what the plugin gives, as in client-go. */
async function readCredentials(
  access: ClusterAccess,
  exec: ExecCredential | undefined,
): Promise<Credentials> {
  const token = (await readMaterial("token", access.token))?.trim() ?? exec?.token;
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

async function readMaterial(what: string, from: Material | undefined): Promise<string | undefined> {
  if (from === undefined || "text" in from) return from?.text;
  let text: string;
  try {
    text = await Deno.readTextFile(from.path);
  } catch (error) {
    throw new Error(`cannot read the ${what} of the cluster from ${from.path}`, { cause: error });
  }
  // Who writes a file in place has emptied it first.
  if (text.trim() === "") throw new Error(`the ${what} of the cluster in ${from.path} is empty`);
  return text;
}
