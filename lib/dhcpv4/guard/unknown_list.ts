/**
 * Which MAC addresses without a binding ask: the last of them, in places of a fixed number. Those that
 * asked once give way first, so that addresses that are made up for one packet each do not push out
 * machines that go on asking. Whoever repeats more made-up addresses than there are places still can.
 */

import { hashMacAddress, type MacAddress } from "../../net/mac_address.ts";

/** Machines that are remembered. */
export const UNKNOWN_MAX = 1024;
/** Of these, the ones that asked again; beyond them the one that asked longest ago is as the others. */
const REPEATED_MAX = 768;
/** Chains of places whose addresses hash alike, a power of two. */
const CHAINS_BITS = 11;
const CHAINS = 2 ** CHAINS_BITS;

/** A count stays here when it would go beyond. */
const COUNT_MAX = 0xffffffff;

/** Rings of places in the order of their last requests begin and end here. */
const ONCE = UNKNOWN_MAX;
const REPEATED = UNKNOWN_MAX + 1;

/** What a machine says of itself. */
export interface MachineTexts {
  /** Option 12. */
  readonly hostname?: string;
  /** Option 60. */
  readonly vendorClass?: string;
}

/** A machine without a binding. */
export interface UnknownMachine extends MachineTexts {
  readonly mac: MacAddress;
  /** Requests since it is in the list. */
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Of its last request: the number with which it was noted. */
  readonly kind: number;
}

/**
 * The list. Times are milliseconds of a clock that does not go back.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import type { MacAddress } from "../../net/mac_address.ts";
 * const list = new UnknownList();
 * const mac = 0x525400000001 as MacAddress;
 * for (const nowMs of [1000, 5000]) list.note(mac, 7, nowMs);
 * deepEqual(list.machines(), [{ mac, count: 2, firstMs: 1000, lastMs: 5000, kind: 7 }]);
 * ```
 */
export class UnknownList {
  /** Taken with the first machine: most pools never see one. */
  #places: Places | undefined;

  /** Notes a request. @returns Its place, for {@link describe}. */
  note(mac: MacAddress, kind: number, nowMs: number): number {
    return (this.#places ??= new Places(nowMs)).note(mac, kind, nowMs);
  }

  /** Has the machine of a place stay as long as one that asked again. */
  keep(place: number): void {
    this.#places!.keep(place);
  }

  /** Whether the machine of a place asked again, and has not been described. */
  isUndescribed(place: number): boolean {
    const places = this.#places!;
    return places.isKept(place) && places.texts[place] === undefined;
  }

  /** Keeps what the machine of a place says of itself. */
  describe(place: number, texts: MachineTexts): void {
    this.#places!.texts[place] = texts;
  }

  /** The machine, when it is in the list. */
  of(mac: MacAddress): UnknownMachine | undefined {
    const place = this.#places?.find(mac) ?? -1;
    return place < 0 ? undefined : this.#places!.at(place);
  }

  /** All machines, the one that asked last first. */
  machines(): readonly UnknownMachine[] {
    return this.#places?.all().sort((a, b) => b.lastMs - a.lastMs) ?? [];
  }
}

class Places {
  readonly texts: (MachineTexts | undefined)[] = new Array(UNKNOWN_MAX).fill(undefined);
  readonly #macs = new Float64Array(UNKNOWN_MAX);
  readonly #counts = new Uint32Array(UNKNOWN_MAX);
  readonly #firstMs = new Float64Array(UNKNOWN_MAX);
  readonly #lastMs = new Float64Array(UNKNOWN_MAX);
  readonly #kinds = new Uint16Array(UNKNOWN_MAX);
  /** Which of them are in the ring of those that asked again. */
  readonly #isRepeated = new Uint8Array(UNKNOWN_MAX);
  /** The rings: which place is the next younger one, and the next older one. */
  readonly #younger = new Uint16Array(UNKNOWN_MAX + 2);
  readonly #older = new Uint16Array(UNKNOWN_MAX + 2);
  /** First place of each chain, and the next one of each place; -1 at the end. */
  readonly #chains = new Int16Array(CHAINS).fill(-1);
  readonly #nextInChain = new Int16Array(UNKNOWN_MAX);
  /** Nobody can tell from outside which addresses share a chain. */
  readonly #salt: number;
  #size = 0;
  #repeated = 0;

  constructor(nowMs: number) {
    this.#salt = Math.floor(nowMs * 1000) & 0xffff;
    for (const ring of [ONCE, REPEATED]) this.#younger[ring] = this.#older[ring] = ring;
  }

  note(mac: MacAddress, kind: number, nowMs: number): number {
    const known = this.find(mac);
    const place = known < 0 ? this.#add(mac, nowMs) : known;
    if (known >= 0) {
      if (this.#counts[place]! < COUNT_MAX) this.#counts[place]!++;
      this.keep(place);
    }
    this.#lastMs[place] = nowMs;
    this.#kinds[place] = kind;
    return place;
  }

  /** The machine of the place is the last to be forgotten. */
  keep(place: number): void {
    this.#unlink(place);
    this.#append(REPEATED, place);
    if (this.#isRepeated[place] === 1) return;
    this.#isRepeated[place] = 1;
    if (this.#repeated++ < REPEATED_MAX) return;
    const oldest = this.#younger[REPEATED]!;
    this.#unlink(oldest);
    this.#append(ONCE, oldest);
    this.#isRepeated[oldest] = 0;
    this.#repeated--;
  }

  isKept(place: number): boolean {
    return this.#isRepeated[place] === 1;
  }

  find(mac: MacAddress): number {
    let place = this.#chains[this.#chainOf(mac)]!;
    while (place >= 0 && this.#macs[place] !== mac) place = this.#nextInChain[place]!;
    return place;
  }

  at(place: number): UnknownMachine {
    return {
      mac: this.#macs[place] as MacAddress,
      count: this.#counts[place]!,
      firstMs: this.#firstMs[place]!,
      lastMs: this.#lastMs[place]!,
      kind: this.#kinds[place]!,
      ...this.texts[place],
    };
  }

  all(): UnknownMachine[] {
    return Array.from({ length: this.#size }, (_, place) => this.at(place));
  }

  #add(mac: MacAddress, nowMs: number): number {
    const place = this.#size < UNKNOWN_MAX ? this.#size++ : this.#takeOldest();
    const chain = this.#chainOf(mac);
    this.#nextInChain[place] = this.#chains[chain]!;
    this.#chains[chain] = place;
    this.#macs[place] = mac;
    this.#counts[place] = 1;
    this.#firstMs[place] = nowMs;
    this.texts[place] = undefined;
    this.#append(ONCE, place);
    return place;
  }

  #takeOldest(): number {
    const place = this.#younger[ONCE]!;
    this.#unlink(place);
    const chain = this.#chainOf(this.#macs[place] as MacAddress);
    const next = this.#nextInChain[place]!;
    if (this.#chains[chain] === place) this.#chains[chain] = next;
    else {
      let before = this.#chains[chain]!;
      while (this.#nextInChain[before] !== place) before = this.#nextInChain[before]!;
      this.#nextInChain[before] = next;
    }
    return place;
  }

  #append(ring: number, place: number): void {
    const youngest = this.#older[ring]!;
    this.#younger[youngest] = place;
    this.#older[place] = youngest;
    this.#younger[place] = ring;
    this.#older[ring] = place;
  }

  #unlink(place: number): void {
    const older = this.#older[place]!;
    const younger = this.#younger[place]!;
    this.#younger[older] = younger;
    this.#older[younger] = older;
  }

  #chainOf(mac: MacAddress): number {
    const high = Math.floor(mac / 2 ** 32) ^ this.#salt;
    const hash = hashMacAddress(high * 2 ** 32 + (mac >>> 0) as MacAddress);
    return hash >>> (32 - CHAINS_BITS);
  }
}
