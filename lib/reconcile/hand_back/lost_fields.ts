/** Fields that the definitions of the Go program do not know: they drop them when an object is written. */

import { isJsonObject, type JsonObject } from "../../base/json.ts";
import { keyOf, type KubeObject } from "../../api/meta.ts";
import { objectOf } from "../raw_fields.ts";
import type { LostFields } from "./obstacle.ts";

/** A field that is known: whole, or those in it. */
interface Known {
  readonly [field: string]: true | Known;
}

const POOL: Known = {
  networkName: true,
  paused: true,
  ipv4Config: {
    ...{ cidr: true, serverIP: true, router: true, dns: true, domainName: true },
    ...{ domainSearch: true, ntp: true, leaseTime: true, pool: true },
  },
};

const VMNETCFG: Known = {
  ...{ vmName: true, paused: true },
  // Converted, and not lost.
  ...{ networkConfig: true },
  networkConfigs: { networkName: true, macAddress: true, ipAddress: true },
};

export function lostFieldsOfPool(object: KubeObject): LostFields {
  const fields = [...unknownIn(objectOf(object.spec), POOL)];
  return { about: `IPPool ${keyOf(object)}`, fields };
}

export function lostFieldsOfVmnetcfg(object: KubeObject): LostFields {
  const spec = objectOf(object.spec);
  const named = Array.isArray(spec.networkConfig)
    ? { ...spec, networkConfigs: spec.networkConfig }
    : spec;
  const fields = [...new Set(unknownIn(named, VMNETCFG))];
  return { about: `VirtualMachineNetworkConfig ${keyOf(object)}`, fields };
}

function* unknownIn(value: JsonObject, known: Known): Generator<string> {
  for (const [key, field] of Object.entries(value)) {
    const inside = Object.hasOwn(known, key) ? known[key]! : undefined;
    if (inside === undefined) yield key;
    else if (inside !== true) {
      for (const each of Array.isArray(field) ? field : [field]) {
        if (isJsonObject(each)) yield* unknownIn(each, inside);
      }
    }
  }
}
