/** MAC addresses of the right form that no network interface has. */

import { formatMacAddress, isHostMacAddress, type MacAddress } from "../net/mac_address.ts";

/** Why no network interface can have a MAC address; `undefined` when one can. */
export function describeImpossibleMac(mac: MacAddress): string | undefined {
  if (isHostMacAddress(mac)) return undefined;
  const what = mac === 0 ? "stands for no address" : "is the address of a group";
  return `${formatMacAddress(mac)} ${what}, which no network interface can have`;
}
