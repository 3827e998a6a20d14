/** What the report of an agent is served with: certificate and key for TLS, and the token of the reader. */

import { isJsonEqual } from "../../../lib/base/json.ts";
import { belongTogether, type CertificateAndKey } from "../../../lib/tls/certificate.ts";
import { readMountedFile } from "../files/mounted_file.ts";

/** Names of the files: the keys of a Secret of the type `kubernetes.io/tls`, and the token. */
const FILES = { cert: "tls.crt", key: "tls.key", token: "token" } as const;

/** Shorter ones can be guessed. */
const TOKEN = /^[!-~]{16,512}$/;

/** Certificate and key as PEM texts, and the token. */
export interface ReportPortCredentials extends CertificateAndKey {
  readonly token: string;
}

/**
 * Reads the files of a folder.
 *
 * @param known What was read before; the same object when nothing has changed.
 * @throws {Error} that names the file that is missing or bad, and says what it should be.
 */
export async function readReportCredentials(
  folder: string,
  known?: ReportPortCredentials,
): Promise<ReportPortCredentials> {
  const [cert, key, token] = await Promise.all([
    readMountedFile(`${folder}/${FILES.cert}`),
    readMountedFile(`${folder}/${FILES.key}`),
    readMountedFile(`${folder}/${FILES.token}`),
  ]);
  const found = { cert, key, token: token.trimEnd() };
  // Checking them takes a hundred times as long as reading them.
  if (known !== undefined && isJsonEqual(found, known)) return known;
  if (!belongTogether(found)) {
    throw new Error(
      `${folder}/${FILES.cert} and ${folder}/${FILES.key} are no certificate with its key, as PEM`,
    );
  }
  if (!TOKEN.test(found.token)) {
    throw new Error(`${folder}/${FILES.token} is no line of 16 to 512 printable ASCII characters`);
  }
  return found;
}
