/** The NetworkAttachmentDefinition that stands for a host interface in standalone. */

import type { KubeObject } from "../../../lib/api/meta.ts";
import { apiVersionOf, NETWORK_ATTACHMENT_DEFINITIONS } from "../../../lib/api/resources.ts";
import { isStatus, type KubeClient } from "../../../lib/kube/contract.ts";
import type { NicMapping } from "../../cli/flag_values.ts";

/**
 * Makes sure that the VM network of a NIC exists. An existing one stays as it is, because the user
 * may have written it.
 */
export async function ensureVmNetwork(client: KubeClient, nic: NicMapping): Promise<void> {
  try {
    // A write would need room on the disk even where it changes nothing.
    await client.get(NETWORK_ATTACHMENT_DEFINITIONS, nic.network);
  } catch (error) {
    if (!isStatus(error, 404)) throw error;
    await create(client, nic);
  }
}

async function create(client: KubeClient, nic: NicMapping): Promise<void> {
  try {
    await client.create(NETWORK_ATTACHMENT_DEFINITIONS, vmNetworkOf(nic));
  } catch (error) {
    // A manifest was faster.
    if (!isStatus(error, 409)) throw error;
  }
}

function vmNetworkOf({ network, interfaceName }: NicMapping): KubeObject {
  // The form that Multus reads (CNI specification, bridge plug-in), so that the object means the same
  // as in a cluster.
  const config = { cniVersion: "0.3.1", name: network.name, type: "bridge", bridge: interfaceName };
  return {
    apiVersion: apiVersionOf(NETWORK_ATTACHMENT_DEFINITIONS),
    kind: NETWORK_ATTACHMENT_DEFINITIONS.kind,
    metadata: { ...network },
    spec: { config: JSON.stringify(config) },
  };
}
