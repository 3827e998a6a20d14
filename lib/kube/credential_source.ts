/** Reads certificates and tokens, again and again: clusters rotate them under a running process. */

import type { Logger } from "../observe/logger.ts";
import type { ClusterAccess, Material } from "./cluster_access.ts";
import type { Clock } from "./contract.ts";

/** What a connection is made with. */
export interface TlsMaterial {
  readonly certificateAuthority: string | undefined;
  readonly clientCertificate: string | undefined;
  readonly clientKey: string | undefined;
}

/** What requests carry at the moment. */
export interface Credentials {
  readonly tls: TlsMaterial;
  readonly token: string | undefined;
}

/** Age at which files are read again: bound service account tokens are renewed well before their end. */
const CREDENTIALS_MS_MAX = 60_000;

/** Holds the credentials and refreshes them when they are used. */
export class CredentialSource {
  readonly #access: ClusterAccess;
  readonly #clock: Clock;
  readonly #log: Logger;
  #held: Credentials | undefined;
  #heldSinceMs = 0;
  #reading: Promise<Credentials> | undefined;

  constructor(access: ClusterAccess, clock: Clock, log: Logger) {
    this.#access = access;
    this.#clock = clock;
    this.#log = log;
  }

  /**
   * The credentials, read from their files when they are a minute old.
   *
   * @throws {Error} that names the file, when it cannot be read and never could.
   */
  async current(): Promise<Credentials> {
    const aged = this.#clock.nowMs() - this.#heldSinceMs >= CREDENTIALS_MS_MAX;
    return this.#held === undefined || aged ? await this.#readOnce() : this.#held;
  }

  /**
   * Reads the files now, because the server refused the token.
   *
   * @param refused The token that was refused.
   * @returns Whether there is another one to try.
   */
  async hasNewerThan(refused: string | undefined): Promise<boolean> {
    const { token } = await this.#readOnce();
    return token !== undefined && token !== refused;
  }

  /** One reading for all who ask at the same time. */
  #readOnce(): Promise<Credentials> {
    this.#reading ??= this.#read().finally(() => this.#reading = undefined);
    return this.#reading;
  }

  async #read(): Promise<Credentials> {
    try {
      this.#held = await readCredentials(this.#access);
    } catch (error) {
      if (this.#held === undefined) throw error;
      // A rotation replaces files one by one; what was held is likely still good.
      this.#log.log("warn", "credentials cannot be read again, keeping the old ones", {
        error: error instanceof Error ? error : new Error(String(error)),
      });
    }
    this.#heldSinceMs = this.#clock.nowMs();
    return this.#held;
  }
}

async function readCredentials(access: ClusterAccess): Promise<Credentials> {
  const token = await readMaterial("token", access.token);
  return {
    tls: {
      certificateAuthority: await readMaterial(
        "certificate authority",
        access.certificateAuthority,
      ),
      clientCertificate: await readMaterial("client certificate", access.clientCertificate),
      clientKey: await readMaterial("client key", access.clientKey),
    },
    token: token?.trim(),
  };
}

async function readMaterial(what: string, from: Material | undefined): Promise<string | undefined> {
  if (from === undefined || "text" in from) return from?.text;
  try {
    return await Deno.readTextFile(from.path);
  } catch (error) {
    throw new Error(`cannot read the ${what} of the cluster from ${from.path}`, { cause: error });
  }
}
