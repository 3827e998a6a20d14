/** The pool of the agents that are measured on a kube-apiserver. */

import { formatIpv4Address, type Ipv4Address } from "../../../lib/net/ipv4_address.ts";
import { formatMacAddress, type MacAddress } from "../../../lib/net/mac_address.ts";
import type { Answer, ApiConnection } from "../../support/apiserver/api_connection.ts";
import * as site from "../packets/site.ts";

/** Addresses that no client has at first. */
const FREE = 1_000;

/** The path of all pools of its namespace. */
export const POOLS = "/apis/network.harvesterhci.io/v1alpha1/namespaces/default/ippools";
/** Its path. */
export const POOL = `${POOLS}/bench`;

/** The MAC of the client with that number. */
export function macAt(index: number): MacAddress {
  return site.FIRST_MAC + index * site.MAC_STEP as MacAddress;
}

/** Makes it, with the first clients bound. */
export async function makePool(api: ApiConnection, bindings: number): Promise<void> {
  const last = formatIpv4Address(site.FIRST_IP + bindings + FREE as Ipv4Address);
  const body = {
    apiVersion: "network.harvesterhci.io/v1alpha1",
    kind: "IPPool",
    metadata: { name: "bench" },
    spec: {
      networkName: "default/bench",
      ipv4Config: {
        serverIP: site.SERVER_ADDRESS,
        cidr: site.SUBNET,
        pool: { start: formatIpv4Address(site.FIRST_IP as Ipv4Address), end: last },
        router: "10.77.0.254",
        dns: ["192.0.2.53"],
        leaseTime: 300,
      },
    },
  };
  accepted(await api.send("POST", POOLS, { body }));
  await bind(api, 0, bindings);
}

/** Binds the clients of some numbers, each to the address of its number. */
export async function bind(api: ApiConnection, from: number, to: number): Promise<void> {
  const allocated: Record<string, string> = {};
  for (let index = from; index < to; index++) {
    const address = formatIpv4Address(site.FIRST_IP + index as Ipv4Address);
    allocated[address] = formatMacAddress(macAt(index));
  }
  const ipv4 = { allocated, used: to, available: FREE };
  accepted(await api.mergePatch(`${POOL}/status`, { status: { ipv4 } }));
}

function accepted({ status, text }: Answer): void {
  if (status >= 300) throw new Error(`the pool of the bench is refused: ${text}`);
}
