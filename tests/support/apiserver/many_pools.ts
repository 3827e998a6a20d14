/** As many IPPools as a large cluster could have. */

import type { KubeObject } from "../../../lib/api/meta.ts";
import { IPPOOLS } from "../../../lib/api/resources.ts";
import type { KubeClient } from "../../../lib/kube/contract.ts";
import { ippoolSample } from "./samples.ts";

/** Requests at once; the client lets no more through anyway. */
const AT_ONCE = 16;

/** Bindings of each pool. */
const BINDINGS = Object.fromEntries(
  Array.from({ length: 8 }, (_, index) => [
    `192.168.48.${82 + index}`,
    `52:54:00:48:00:0${index}`,
  ]),
);

/** Makes pools with a status, named `pool-0` and so on. */
export async function makeManyPools(
  client: KubeClient,
  namespace: string,
  count: number,
): Promise<void> {
  let next = 0;
  async function work(): Promise<void> {
    for (let index = next++; index < count; index = next++) {
      const pool = ippoolSample({ metadata: { name: `pool-${index}`, namespace } });
      const created = await client.create(IPPOOLS, pool);
      await client.replace(IPPOOLS, withStatus(created), { subresource: "status" });
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

function withStatus(pool: KubeObject): KubeObject {
  return { ...pool, status: { ipv4: { allocated: BINDINGS, used: 8, available: 0 } } };
}
