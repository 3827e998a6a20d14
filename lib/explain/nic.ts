/** One NIC with everything that its questions are about. */

import { keyOf } from "../api/meta.ts";
import type { NetworkConfig, VirtualMachineNetworkConfig } from "../api/vmnetcfg/vmnetcfg.ts";
import { formatIpv4Address } from "../net/ipv4_address.ts";
import { parseMacAddress } from "../net/mac_address.ts";
import { toldAddressOf } from "../reconcile/claims.ts";
import type { PoolView } from "../reconcile/ippool/pool_view.ts";
import { type NicOutcome, nicOutcomeOf } from "../reconcile/vmnetcfg/nic_outcome.ts";
import type { AgentAnswer, World } from "./contract.ts";
import type { Facts, NetworkFacts } from "./facts.ts";

/** A NIC of a VirtualMachineNetworkConfig. */
export interface Nic {
  /** `namespace/name` of its object. */
  readonly owner: string;
  /** When its object was created (RFC 3339); empty when that is not known. */
  readonly createdAt: string;
  readonly config: NetworkConfig;
  readonly network: NetworkFacts;
  readonly outcome: NicOutcome;
  /** The address that a record binds to it. */
  readonly address: string | undefined;
  /** The pool that answers it: the one that binds its address, or else the one that would. */
  readonly pool: PoolView | undefined;
  /** What the agents of that pool said. */
  readonly agents: readonly AgentAnswer[];
}

/** The NICs of an object, in the order of its list. */
export function nicsOf(
  vmnetcfg: VirtualMachineNetworkConfig,
  facts: Facts,
  { agents }: World,
): readonly Nic[] {
  const owner = keyOf(vmnetcfg);
  return vmnetcfg.spec.networkConfigs.map((config, index) => {
    const network = facts.network(config.networkName);
    const id = { owner, namespace: vmnetcfg.metadata.namespace ?? "", nicIndex: index };
    const told = toldAddressOf(vmnetcfg, config);
    const outcome = nicOutcomeOf(config, id, { view: network, told });
    const pool = holderOf(outcome, network) ?? network.active;
    return {
      ...{ owner, config, network, outcome, pool },
      createdAt: vmnetcfg.metadata.creationTimestamp ?? "",
      address: outcome.address && formatIpv4Address(outcome.address),
      agents: pool && agents.get(pool.key) || [],
    };
  });
}

/** Names a NIC in checks. */
export function describeNic({ config: { macAddress, networkName } }: Nic): string {
  return `${macAddress} on ${networkName}`;
}

function holderOf({ nic, address }: NicOutcome, { pools }: NetworkFacts): PoolView | undefined {
  const mac = parseMacAddress(nic.macAddress);
  return address && pools.find(({ record }) => record.bindings.get(address) === mac);
}
