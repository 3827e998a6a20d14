/** Claims in the order in which they are served. */

import type { MacAddress } from "../../net/mac_address.ts";
import { type Claim, compareClaims } from "../claims.ts";

/** Claims that wait, one for each MAC. Thousands may wait while a few come and go. */
export class WaitingLine {
  readonly #byMac = new Map<MacAddress, Claim>();
  readonly #inOrder: Claim[] = [];

  /** The first owner first. */
  get claims(): readonly Claim[] {
    return this.#inOrder;
  }

  /** Puts the claim of a MAC in its place; `undefined` takes it out of the line. */
  set(mac: MacAddress, claim: Claim | undefined): void {
    const before = this.#byMac.get(mac);
    if (before === claim) return;
    if (before !== undefined) {
      this.#inOrder.splice(this.#placeOf(before), 1);
      this.#byMac.delete(mac);
    }
    if (claim !== undefined) {
      this.#inOrder.splice(this.#placeOf(claim), 0, claim);
      this.#byMac.set(mac, claim);
    }
  }

  /** Where a claim stands, or would stand. */
  #placeOf(claim: Claim): number {
    let low = 0;
    let high = this.#inOrder.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(this.#inOrder[middle]!, claim) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Of a network interface whose MAC changed, the claims with both may stand in line for a moment. */
function compare(a: Claim, b: Claim): number {
  return compareClaims(a, b) || a.mac - b.mac;
}
