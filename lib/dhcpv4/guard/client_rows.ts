/**
 * Some numbers for each client, found by its MAC. A `Map` keeps MACs as objects, whose hash takes
 * longer than all that is then done with the numbers; here a packet costs a probe or two of one
 * array (open addressing, linear probing).
 */

import { hashMacAddress, type MacAddress } from "../../net/mac_address.ts";

/** No client has this MAC, so it marks rows that are free. */
const NO_MAC = 0;

const ROWS_MIN = 16;

/** Rows of numbers by MAC. */
export class ClientRows {
  readonly #width: number;
  #cells: Float64Array;
  #rows = ROWS_MIN;
  /** Leaves as many of the 32 bits of a hash as number the rows. */
  #shift = 32 - Math.log2(ROWS_MIN);
  #size = 0;

  /** @param columns Numbers for each client. */
  constructor(columns: number) {
    this.#width = 1 + columns;
    this.#cells = new Float64Array(ROWS_MIN * this.#width);
  }

  /** Number of clients. */
  get size(): number {
    return this.#size;
  }

  /** The memory of the rows; another one after {@link add} and {@link retain}. */
  get cells(): Float64Array {
    return this.#cells;
  }

  /** @returns Where the client's numbers begin in `cells`; `undefined` for an unknown one. */
  find(mac: MacAddress): number | undefined {
    const at = this.#slotOf(mac);
    return this.#cells[at] === mac && mac !== NO_MAC ? at + 1 : undefined;
  }

  /** Adds a client that is not there yet. @returns Where its numbers begin, all 0. */
  add(mac: MacAddress): number {
    // Half of the rows stay free, which keeps the probes short.
    if ((this.#size + 1) * 2 > this.#rows) this.#rebuild(this.#rows * 2, () => true);
    const at = this.#slotOf(mac);
    this.#cells[at] = mac;
    this.#size++;
    return at + 1;
  }

  /** Forgets the clients that the test does not keep. */
  retain(keeps: (mac: MacAddress) => boolean): void {
    for (let at = 0; at < this.#cells.length; at += this.#width) {
      const mac = this.#cells[at] as MacAddress;
      if (mac !== NO_MAC && !keeps(mac)) return this.#rebuild(this.#rows, keeps);
    }
  }

  #rebuild(rows: number, keeps: (mac: MacAddress) => boolean): void {
    const old = this.#cells;
    this.#rows = rows;
    this.#shift = 32 - Math.log2(rows);
    this.#cells = new Float64Array(rows * this.#width);
    this.#size = 0;
    for (let at = 0; at < old.length; at += this.#width) {
      const mac = old[at] as MacAddress;
      if (mac === NO_MAC || !keeps(mac)) continue;
      this.#cells.set(old.subarray(at, at + this.#width), this.#slotOf(mac));
      this.#size++;
    }
  }

  /** The cell that holds the MAC, or the free one where it belongs. */
  #slotOf(mac: MacAddress): number {
    const cells = this.#cells;
    let at = (hashMacAddress(mac) >>> this.#shift) * this.#width;
    while (cells[at] !== NO_MAC && cells[at] !== mac) {
      at += this.#width;
      if (at === cells.length) at = 0;
    }
    return at;
  }
}
