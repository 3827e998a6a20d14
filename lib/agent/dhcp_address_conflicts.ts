/** Clients that declined their address because another host uses it: named once each. */

import { formatIpv4Address, type Ipv4Address } from "../net/ipv4_address.ts";
import { formatMacAddress, type MacAddress } from "../net/mac_address.ts";
import type { Logger } from "../observe/logger.ts";

/** Clients that are named in the log; a forger of declines cannot fill it. */
const NAMED_MAX = 256;

/** The conflicts of one segment. */
export class AddressConflicts {
  readonly #log: Logger;
  readonly #named = new Map<MacAddress, Ipv4Address>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Notes that a client declined the address that is bound to it. */
  note(mac: MacAddress, address: Ipv4Address): void {
    const isKnown = this.#named.get(mac) === address;
    if (isKnown || (!this.#named.has(mac) && this.#named.size >= NAMED_MAX)) return;
    this.#named.set(mac, address);
    this.#log.log("warn", "a client found its address in use by another host", {
      address: formatIpv4Address(address),
      mac: formatMacAddress(mac),
    });
  }
}
