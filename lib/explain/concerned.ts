/** Whose agents have to be asked about a thing. */

import { formatNamespacedName } from "../api/meta.ts";
import { parseIpv4Address } from "../net/ipv4_address.ts";
import { parseMacAddress } from "../net/mac_address.ts";
import { specNicsOf } from "../reconcile/raw_fields.ts";
import type { Subject, World } from "./contract.ts";
import { Facts } from "./facts.ts";
import { configsOf } from "./subjects/vm.ts";

/** The keys of the pools whose agents may know something about it. */
export function concernedPools(subject: Subject, world: World): ReadonlySet<string> {
  const reading = Facts.of(world);
  if (!reading.ok) return new Set();
  const facts = reading.value;
  const keysOn = (networks: Iterable<string>) =>
    new Set([...networks].flatMap((network) => facts.network(network).pools.map(({ key }) => key)));
  switch (subject.kind) {
    case "vm":
      return keysOn(networksOf(configsOf(subject.name, facts)));
    case "pool":
      return new Set([formatNamespacedName(subject.name)]);
    case "network":
      return keysOn([formatNamespacedName(subject.name)]);
    case "address": {
      const address = parseIpv4Address(subject.text)!;
      const binding = facts.pools.filter(({ record }) => record.bindings.has(address));
      return keysOn(binding.flatMap(({ network }) => network ?? []));
    }
    case "mac": {
      const mac = parseMacAddress(subject.text);
      const owners = facts.vmnetcfgs.filter((each) =>
        specNicsOf(each).some((nic) => nic.mac === mac)
      );
      // Nobody says where a machine is that no object names.
      return owners.length > 0
        ? keysOn(networksOf(owners))
        : new Set(facts.pools.map(({ key }) => key));
    }
    default:
      return subject satisfies never;
  }
}

function networksOf(vmnetcfgs: Facts["vmnetcfgs"]): ReadonlySet<string> {
  return new Set(vmnetcfgs.flatMap(specNicsOf).map(({ network }) => network));
}
