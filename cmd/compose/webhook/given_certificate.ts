/** A certificate that others make and renew, such as cert-manager: it is read from a mounted Secret. */

import { isJsonEqual } from "../../../lib/base/json.ts";
import type { Clock } from "../../../lib/base/clock.ts";
import type { Logger } from "../../../lib/observe/logger.ts";
import { belongTogether, type CertificateAndKey, isForHost } from "../../../lib/tls/certificate.ts";
import { isTrusted } from "../../../lib/tls/trust.ts";
import { readMountedFile } from "../files/mounted_file.ts";
import type { ConfigurationWriter } from "./configuration_writer.ts";

/** What it works with. */
export interface GivenCertificateOptions {
  /** Has `tls.crt`, `tls.key`, and `ca.crt` where the authority is not one that everybody trusts. */
  readonly folder: string;
  /** Where API servers ask: they refuse every change when the certificate is not for this host. */
  readonly host: string;
  readonly configurations: Pick<ConfigurationWriter, "ensure">;
  readonly clock: Pick<Clock, "nowMs">;
  readonly log: Logger;
  /** Takes each certificate. */
  readonly use: (certificate: CertificateAndKey) => void;
}

/** Brings everything up to date when it is asked to. */
export class GivenCertificate {
  readonly #options: GivenCertificateOptions;
  /** What was read when it was last taken. */
  #found: (CertificateAndKey & { readonly authority: string | undefined }) | undefined;

  constructor(options: GivenCertificateOptions) {
    this.#options = options;
  }

  /** @throws when the files or the cluster cannot be read; what is in use stays in use. */
  async look(signal: AbortSignal): Promise<void> {
    const { folder, host, configurations, clock, log, use } = this.#options;
    const [cert, key] = await Promise.all([
      readMountedFile(`${folder}/tls.crt`),
      readMountedFile(`${folder}/tls.key`),
    ]);
    const authority = await readAuthority(`${folder}/ca.crt`);
    const found = { cert, key, authority };
    // Checking them takes a hundred times as long as reading them.
    const isNew = !isJsonEqual(found, this.#found);
    if (isNew) {
      if (!belongTogether(found)) {
        throw new Error(`${folder}/tls.crt and ${folder}/tls.key are no certificate with its key`);
      }
      if (!isForHost(cert, host)) {
        throw new Error(
          `${folder}/tls.crt is not for ${host}, where API servers ask: add that to its alternative names`,
        );
      }
      if (authority !== undefined && !await isTrusted(cert, authority)) {
        throw new Error(
          `${folder}/tls.crt is not signed by an authority of ${folder}/ca.crt: ` +
            "API servers would refuse every change; correct one of them, or leave ca.crt out",
        );
      }
    }
    const take = () => {
      if (!isNew || this.#found === found) return;
      use({ cert, key });
      this.#found = found;
      log.log("info", "certificate of the webhook read", { folder });
    };
    // API servers ask from the first write on; later, they trust a new authority before it is used.
    if (this.#found === undefined) take();
    try {
      const trusted = authority === undefined ? [] : [authority];
      await configurations.ensure(trusted, clock.nowMs(), signal);
    } finally {
      take();
    }
  }
}

/** Without the file, what the configurations trust is left to whatever writes it there. */
async function readAuthority(path: string): Promise<string | undefined> {
  try {
    return await readMountedFile(path);
  } catch (error) {
    if (error instanceof Error && error.cause instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
