/** An agent with what it needs of this host and of the API. */

import { IPPOOLS } from "../../lib/api/resources.ts";
import { parseIPPool } from "../../lib/api/ippool/parse_ippool.ts";
import type { NamespacedName } from "../../lib/api/meta.ts";
import { formatNamespacedName } from "../../lib/api/meta.ts";
import type { KubeClient } from "../../lib/kube/contract.ts";
import { createInformer } from "../../lib/kube/cache/informer.ts";
import { Agent } from "../../lib/agent/agent.ts";
import type { SettableAgent } from "../../lib/agent/agent_set.ts";
import type { AgentStatus } from "../../lib/reconcile/agent_status.ts";
import { ErrnoError, type NameResolver, type Network } from "../../lib/sys/contract.ts";
import { CommandError } from "../cli/command.ts";
import type { ProcessParts } from "./process_parts.ts";

/** What makes one agent differ from another. */
export interface PoolAgentOptions {
  readonly client: KubeClient;
  readonly pool: NamespacedName;
  readonly interfaceName: string;
  readonly network: Network;
  readonly resolver: NameResolver;
  /** Writes a line at debug for each packet. */
  readonly logPackets: boolean;
  readonly onStatusChange: () => void;
}

/** An agent of one pool. */
export interface PoolAgent extends SettableAgent {
  /** Ready while the interface is served, whatever is known of the pool. */
  readonly interfaceStatus: AgentStatus;
}

/**
 * Makes an agent with an informer of its own that follows this one pool, so that changes of other
 * pools cost it nothing.
 */
export function createPoolAgent(options: PoolAgentOptions, parts: ProcessParts): PoolAgent {
  const { client, pool } = options;
  const pools = createInformer({
    ...parts,
    client,
    type: IPPOOLS,
    namespace: pool.namespace,
    fieldSelector: `metadata.name=${pool.name}`,
    convert: (object) => ({ object, parsed: parseIPPool(object) }),
  });
  const agent = new Agent({ ...options, ...parts, pools, poolKey: formatNamespacedName(pool) });
  return {
    get status() {
      return agent.status;
    },
    get interfaceStatus() {
      return agent.interfaceStatus;
    },
    get table() {
      return agent.table;
    },
    run: async (signal) => {
      await Promise.all([pools.run(signal), agent.run(signal)]);
    },
  };
}

/**
 * Makes sure that this process may open packet sockets at all; whether an interface is there and up
 * may change later, this may not.
 *
 * @throws {CommandError} without CAP_NET_RAW.
 */
export function requirePacketSockets(network: Network): void {
  try {
    network.openPacketPort("lo").close();
  } catch (error) {
    if (error instanceof ErrnoError && error.code === "EPERM") {
      throw new CommandError(error.message);
    }
    // Loopback itself may be missing or down; the interface that matters is judged when it is served.
    if (!(error instanceof ErrnoError)) throw error;
  }
}
