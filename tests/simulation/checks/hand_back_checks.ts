/** What the Go version needs of the objects that it takes back: it reads them as if it had written them. */

import { IPPOOLS, VIRTUAL_MACHINE_NETWORK_CONFIGS } from "../../../lib/api/resources.ts";
import { isJsonObject, objectAt, stringAt } from "../../../lib/base/json.ts";
import { keyOf, type KubeObject } from "../../../lib/api/meta.ts";
import type { Commit, ModelApi } from "../api/model_api.ts";
import { configFacts, type PoolFacts, poolFacts } from "./facts.ts";

/** @returns A sentence for each thing that the Go version could not go on from. */
export function handBackProblems(api: ModelApi): readonly string[] {
  const pools = api.list(IPPOOLS).map(poolFacts);
  const configs = api.list(VIRTUAL_MACHINE_NETWORK_CONFIGS);
  return configs.flatMap((config) => [
    ...statusProblems(config, pools),
    ...textProblems(config, pools),
  ]);
}

/** It finds a NIC in a status, and its entry in a record, by the text of its MAC. */
function textProblems(config: KubeObject, pools: readonly PoolFacts[]): readonly string[] {
  const { key, isReadable, isDeleting, nics, told } = configFacts(config);
  if (!isReadable || isDeleting) return [];
  return nics.flatMap(({ network, mac, macText }) => {
    const inStatus = told.filter((each) => each.network === network && each.mac === mac);
    // Of several objects with one MAC, one owner counts.
    const address = inStatus.find((each) => each.address !== undefined)?.address;
    const inRecords = address === undefined ? [] : pools.flatMap((pool) => {
      const text = pool.network === network ? pool.texts.get(address) : undefined;
      return text === undefined ? [] : [{ macText: text }];
    });
    const others = [...inStatus, ...inRecords].filter((each) => each.macText !== macText);
    const isAlone = nics.filter((nic) => nic.network === network && nic.mac === mac).length === 1;
    return isAlone && others.length > 0
      ? [`${key} has ${macText}, and ${others[0]!.macText} is written`]
      : [];
  });
}

/** It takes back the address of each NIC in a status, whoever has that address now. */
function statusProblems(config: KubeObject, pools: readonly PoolFacts[]): readonly string[] {
  const { key, isReadable, told } = configFacts(config);
  const { networkConfigs } = objectAt(config, "status");
  return (Array.isArray(networkConfigs) ? networkConfigs : []).flatMap((entry: unknown) => {
    const address = isJsonObject(entry) ? stringAt(entry, "allocatedIPAddress") : "";
    if (address === "") return [`${key} has a NIC without an address in its status`];
    const named = told.find((each) => each.text === address);
    // What its API server would not store now, it cannot read either.
    const isAnothers = isReadable &&
      pools.some(({ network, bindings }) =>
        network === named?.network && (bindings.get(address) ?? named.mac) !== named.mac
      );
    return isAnothers ? [`${key} names ${address}, which is another NIC's by now`] : [];
  });
}

/** Its agents do not serve the second of two NICs that have one address one right after the other. */
export function passedOnProblems({ plural, sent, before, after }: Commit): readonly string[] {
  if (plural !== IPPOOLS.plural || sent === undefined) return [];
  if (before === undefined || after === undefined) return [];
  const were = poolFacts(before).bindings;
  return [...poolFacts(after).bindings].flatMap(([address, mac]) => {
    const was = were.get(address) ?? mac;
    return was === mac ? [] : [`${keyOf(after)} passes ${address} from ${was} to ${mac} at once`];
  });
}
