/**
 * Reads the bindings of one pool again and again. A pool may have 39,000 of them, and a change
 * concerns one or two: entries that are written as they were are not parsed again.
 */

import { finish, type Steps } from "../base/turns.ts";
import { Bindings } from "../dhcpv4/bindings.ts";
import { type Ipv4Address, parseIpv4Address } from "../net/ipv4_address.ts";
import { isHostMacAddress, parseMacAddress } from "../net/mac_address.ts";

/** What an entry says that is no binding: a mark, or something that makes no sense or no client. */
const NO_MAC = 0;

/** Entries that are read in one step. */
const STEP_ENTRIES = 512;

/** A record as it was read: each entry as written and as numbers. */
interface ReadRecord {
  readonly keys: readonly string[];
  readonly values: readonly string[];
  readonly macs: Float64Array;
  readonly addresses: Uint32Array;
}

const NOTHING: ReadRecord = {
  keys: [],
  values: [],
  macs: new Float64Array(0),
  addresses: new Uint32Array(0),
};

/** Reads the records of one pool, which follow each other. */
export class BindingReader {
  #last = NOTHING;

  /** {@link readInSteps} without a rest. */
  read(...record: Parameters<BindingReader["readInSteps"]>): Bindings {
    return finish(this.readInSteps(...record));
  }

  /**
   * The bindings of `status.ipv4.allocated`; the first entry of a MAC counts, and what is no
   * binding is left out, as in `AllocationRecord`.
   *
   * @param canHold Whether a client can have an address; entries of others are left out.
   */
  *readInSteps(
    allocated: Readonly<Record<string, string>> = {},
    canHold: (address: Ipv4Address) => boolean = () => true,
  ): Steps<Bindings> {
    const keys = Object.keys(allocated);
    const values: string[] = [];
    const macs = new Float64Array(keys.length);
    const addresses = new Uint32Array(keys.length);
    const held = new Float64Array(keys.length);
    const last = this.#last;
    let before = 0;
    for (let i = 0; i < keys.length; i++) {
      if (i % STEP_ENTRIES === 0) yield;
      values.push(allocated[keys[i]!]!);
      // An entry that went makes all behind it move up by one.
      if (last.keys[before] !== keys[i] && last.keys[before + 1] === keys[i]) before++;
      // If it is new, it may stand before the one that was here.
      const isKnown = last.keys[before] === keys[i];
      const isAsBefore = isKnown && last.values[before] === values[i];
      addresses[i] = isKnown ? last.addresses[before]! : parseIpv4Address(keys[i]!) ?? 0;
      macs[i] = isAsBefore ? last.macs[before]! : macOf(keys[i]!, values[i]!);
      held[i] = canHold(addresses[i] as Ipv4Address) ? macs[i]! : NO_MAC;
      if (isKnown) before++;
    }
    this.#last = { keys, values, macs, addresses };
    return yield* Bindings.inSteps(held, addresses);
  }
}

function macOf(key: string, value: string): number {
  const mac = parseIpv4Address(key) === undefined ? undefined : parseMacAddress(value);
  return mac === undefined || !isHostMacAddress(mac) ? NO_MAC : mac;
}
