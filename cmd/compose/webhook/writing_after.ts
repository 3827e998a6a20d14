/** The client by which the webhook makes its own objects: it may look at them before it may change them. */

import type { KubeClient } from "../../../lib/kube/contract.ts";

/** What is done with them. */
export type ConfiguringClient = Pick<KubeClient, "get" | "create" | "replace">;

/**
 * A client that reads at once, and writes when it may.
 *
 * @param whenAllowed Resolves then; when it rejects, so do the writes.
 */
export function writingAfter(
  whenAllowed: () => Promise<void>,
  client: ConfiguringClient,
): ConfiguringClient {
  return {
    get: (...args) => client.get(...args),
    create: async (...args) => {
      await whenAllowed();
      return await client.create(...args);
    },
    replace: async (...args) => {
      await whenAllowed();
      return await client.replace(...args);
    },
  };
}
