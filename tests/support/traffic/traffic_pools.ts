/** The pools whose addresses VMs come and go for. */

import { IPPOOLS, NETWORK_ATTACHMENT_DEFINITIONS } from "../../../lib/api/resources.ts";
import { ippoolSample } from "../apiserver/samples.ts";
import type { ControllerWorld } from "../controller/controller_world.ts";

/** The network of a pool that has room for all, and of one that has not. */
export const ROOMY = "net-48";
export const TIGHT = "net-49";

const POOLS = [
  { name: ROOMY, cidr: "10.48.0.0/16", start: "10.48.1.0", end: "10.48.8.255" },
  { name: TIGHT, cidr: "10.49.0.0/16", start: "10.49.1.0", end: "10.49.1.50" },
];

/** Makes the networks and their pools. */
export async function makeTrafficPools(world: ControllerWorld): Promise<void> {
  for (const { name, cidr, start, end } of POOLS) {
    await world.create(NETWORK_ATTACHMENT_DEFINITIONS, {
      apiVersion: "k8s.cni.cncf.io/v1",
      kind: "NetworkAttachmentDefinition",
      metadata: { name },
      spec: { config: "{}" },
    });
    const [serverIP, router] = [start, end];
    const pool = { start, end, exclude: [] };
    const ipv4Config = { cidr, serverIP, router };
    const metadata = { name: `pool-${name}` };
    await world.create(
      IPPOOLS,
      ippoolSample({ metadata, pool, ipv4Config, spec: { networkName: name } }),
    );
  }
}
