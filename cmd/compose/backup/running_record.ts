/** The record of a standalone that runs: it gives a copy to whoever has the token. */

import { BACKUP_PATH } from "../../../lib/apiserver/backup.ts";
import type { ClusterAccess } from "../../../lib/kube/access/cluster_access.ts";
import { CommandError } from "../../cli/command.ts";
import { reasonOfFetch } from "../../../lib/kube/client/transport/transport_error.ts";

/**
 * Asks for the record, as it is at this moment.
 *
 * @param access What the kubeconfig of the folder says.
 * @throws {CommandError} when it cannot be had.
 */
export async function* runningRecord(
  { server, certificateAuthority, token }: ClusterAccess,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const caCerts = [secretOf(certificateAuthority)];
  using client = Deno.createHttpClient({ caCerts, http2: false });
  try {
    const headers = { authorization: `Bearer ${secretOf(token)}` };
    const response = await fetch(`${server}${BACKUP_PATH}`, {
      client,
      headers,
      signal,
      redirect: "error",
    });
    if (!response.ok || response.body === null) {
      throw new CommandError(refusalOf(response.status, await response.text()));
    }
    yield* response.body;
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(
      `a process has opened the folder, and its API does not answer at ${server}: ` +
        `${reasonOfFetch(error)}; its log says why, or end it and try again`,
      { cause: error },
    );
  }
}

function refusalOf(status: number, text: string): string {
  const said = text.trim();
  if (status === 404) {
    return "the standalone that runs is of a release that gives no copy: end it, and try again";
  }
  if (status === 401) return "the standalone that runs has another token than this folder";
  return `the standalone that runs gives no copy: ${said === "" ? `status ${status}` : said}`;
}

/** Standalone writes its secrets into the kubeconfig itself. */
function secretOf(secret: ClusterAccess["token"]): string {
  return secret !== undefined && "text" in secret ? secret.text : "";
}
