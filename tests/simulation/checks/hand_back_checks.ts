/** What the Go version needs of the objects that it takes back: it reads them as if it had written them. */

import { IPPOOLS, VIRTUAL_MACHINE_NETWORK_CONFIGS } from "../../../lib/api/resources.ts";
import { isJsonObject, objectAt, stringAt } from "../../../lib/base/json.ts";
import { keyOf, type KubeObject } from "../../../lib/api/meta.ts";
import type { ModelApi } from "../api/model_api.ts";
import { configFacts, type PoolFacts, poolFacts } from "./facts.ts";

/** @returns A sentence for each thing that the Go version could not go on from. */
export function handBackProblems(api: ModelApi): readonly string[] {
  const pools = api.list(IPPOOLS).map(poolFacts);
  const configs = api.list(VIRTUAL_MACHINE_NETWORK_CONFIGS);
  return configs.flatMap((config) => statusProblems(config, pools));
}

/** It takes back the address of each NIC in a status, whoever has that address now. */
function statusProblems(config: KubeObject, pools: readonly PoolFacts[]): readonly string[] {
  const key = keyOf(config);
  const { networkConfigs } = objectAt(config, "status");
  return (Array.isArray(networkConfigs) ? networkConfigs : []).flatMap((entry: unknown) => {
    const address = isJsonObject(entry) ? stringAt(entry, "allocatedIPAddress") : "";
    if (address === "") return [`${key} has a NIC without an address in its status`];
    const named = configFacts(config).told.find((each) => each.text === address);
    const isAnothers = pools.some(({ network, bindings }) =>
      network === named?.network && (bindings.get(address) ?? named.mac) !== named.mac
    );
    return isAnothers ? [`${key} names ${address}, which is another NIC's by now`] : [];
  });
}
