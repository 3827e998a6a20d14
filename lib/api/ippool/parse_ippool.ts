/** Parses IPPool objects. */

import { defined } from "../../base/json.ts";
import { FieldErrors } from "../field_errors.ts";
import { type Bounds, type FieldReader } from "../field_reader.ts";
import type { IPPool, IPPoolSpec, IPPoolStatus, IPv4Status, PodReference } from "./ippool.ts";
import { readIpv4Config } from "./ipv4_config.ts";
import type { Parsed } from "../meta.ts";
import { parseObject, readConditions } from "../object_meta.ts";
import { IPPOOLS } from "../resources.ts";
import { NAMESPACE, NETWORK_NAME } from "../text_rules.ts";

const NAMESPACES: Bounds = { min: 1, max: 256 };
const ADDRESSES: Bounds = { min: 1, max: 2 ** 31 - 1 };

/**
 * Parses an IPPool.
 *
 * An optional value that cannot be read is left out and named, so that one slip among them silences
 * nobody. Without a subnet, a server or a range there is no pool. What stands in the maps of `status.ipv4`
 * is not judged: one bad entry must not take the whole pool down.
 *
 * @param raw JSON of any shape.
 * @returns The pool, or every field that is wrong.
 */
export function parseIPPool(raw: unknown): Parsed<IPPool> {
  return parseObject(raw, IPPOOLS, (root, metadata) => ({
    apiVersion: "network.harvesterhci.io/v1alpha1",
    kind: IPPOOLS.kind,
    metadata,
    spec: readSpec(root.child("spec")),
    ...defined({ status: readStatus(root.optionalChild("status")) }),
  }));
}

function readSpec(spec: FieldReader): IPPoolSpec {
  const optional = new FieldErrors();
  const limits = new FieldErrors();
  const limiting = spec.reportingTo(limits);
  const read = {
    networkName: spec.string("networkName", NETWORK_NAME),
    ipv4Config: readIpv4Config(spec.child("ipv4Config"), { optional, limits }),
    ...defined({
      paused: limiting.optionalBoolean("paused"),
      allowedNamespaces: limiting.optionalParsedList("allowedNamespaces", NAMESPACE, NAMESPACES),
      maxAddressesPerNamespace: limiting.optionalInteger("maxAddressesPerNamespace", ADDRESSES),
    }),
  };
  const unreadable = optional.list;
  const unreadableLimits = limits.list;
  if (spec.errors.list.length > 0) {
    // Whoever mends what is refused wants to know it all.
    for (const each of [...unreadable, ...unreadableLimits]) {
      spec.errors.add(each.field, each.message);
    }
  }
  return { ...read, unreadable, unreadableLimits };
}

function readStatus(status: FieldReader | undefined): IPPoolStatus | undefined {
  if (status === undefined) return undefined;
  return defined({
    lastUpdate: status.optionalString("lastUpdate"),
    ipv4: readIPv4Status(status.optionalChild("ipv4")),
    agentPodRef: readPodReference(status.optionalChild("agentPodRef")),
    conditions: readConditions(status),
  });
}

function readIPv4Status(ipv4: FieldReader | undefined): IPv4Status | undefined {
  if (ipv4 === undefined) return undefined;
  return {
    used: ipv4.optionalInteger("used") ?? 0,
    available: ipv4.optionalInteger("available") ?? 0,
    ...defined({
      allocated: ipv4.optionalStringMap("allocated"),
      hostnames: ipv4.optionalStringMap("hostnames"),
      networkShared: ipv4.optionalBoolean("networkShared"),
    }),
  };
}

function readPodReference(pod: FieldReader | undefined): PodReference | undefined {
  if (pod === undefined) return undefined;
  return defined({
    namespace: pod.optionalString("namespace"),
    name: pod.optionalString("name"),
    image: pod.optionalString("image"),
    uid: pod.optionalString("uid"),
  });
}
