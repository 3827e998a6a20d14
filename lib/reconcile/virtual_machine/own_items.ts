/** Tells which item of a list is whose, where several network interfaces have one MAC address. */

import { parseMacAddress } from "../../net/mac_address.ts";
import type { VmNic } from "./vm_nics.ts";

/** What says of an item whose it is. */
interface Item {
  /** `namespace/name`. */
  readonly networkName: string;
  readonly macAddress: string;
}

/** Whether two items are about one network interface. */
export function isSameNic(a: Item, b: Item): boolean {
  return a.networkName === b.networkName &&
    parseMacAddress(a.macAddress) === parseMacAddress(b.macAddress);
}

/** Whether an item has the network and the MAC address of an interface. */
export function isItemOf(item: Item, { network, mac }: VmNic): boolean {
  return mac !== undefined && isSameNic(item, { networkName: network, macAddress: mac });
}

/**
 * The item of each interface that has one with its MAC address.
 *
 * A list as it was written is in the order of its interfaces, those that have no item left out. So among
 * interfaces of one MAC address, the order says which item is whose: else what stands in two items would
 * change places with each plan.
 *
 * @param nics In the order in which they are listed.
 */
export function ownItemsOf<T extends Item>(
  nics: readonly VmNic[],
  listed: readonly T[],
): ReadonlyMap<VmNic, T> {
  const networks = [...new Set(nics.map(({ network }) => network))];
  const own = new Map(networks.flatMap((network) =>
    pairsInOrder(
      nics.filter((nic) => nic.network === network),
      listed.filter(({ networkName }) => networkName === network),
    )
  ));
  const free = new Set(listed);
  for (const item of own.values()) free.delete(item);
  // The list of the Go version is in any order.
  for (const nic of nics) {
    const item = own.has(nic) ? undefined : [...free].find((each) => isItemOf(each, nic));
    if (item === undefined) continue;
    own.set(nic, item);
    free.delete(item);
  }
  return own;
}

/** What may become of the first of the interfaces and the first of the items that are left. */
interface Step {
  readonly nics: 0 | 1;
  readonly items: 0 | 1;
  /** Whether the item has the MAC address of the interface. */
  readonly isOwn?: true;
  readonly worth: number;
}

/**
 * Pairs interfaces of a network with its items, both in their order: as many as can be with an item of their
 * MAC address, and of these ways the one that leaves most items to interfaces of unknown MAC address, each of
 * which may have several.
 */
function pairsInOrder<T extends Item>(
  nics: readonly VmNic[],
  items: readonly T[],
): (readonly [VmNic, T])[] {
  const ownWorth = items.length + 1;
  const best = nics.map(() => items.map(() => 0));
  const bestFrom = (i: number, j: number) => best[i]?.[j] ?? 0;
  const bestStep = (i: number, j: number): Step => {
    const both = bestFrom(i + 1, j + 1);
    const [sameNic, sameItem] = [bestFrom(i, j + 1), bestFrom(i + 1, j)];
    const isUnknown = nics[i]!.mac === undefined;
    const steps: Step[] = [
      ...(isItemOf(items[j]!, nics[i]!)
        ? [{ nics: 1, items: 1, isOwn: true, worth: ownWorth + both } as const]
        : []),
      ...(isUnknown
        ? [{ nics: 1, items: 1, worth: 1 + both }, {
          nics: 0,
          items: 1,
          worth: 1 + sameNic,
        }] as const
        : []),
      { nics: 1, items: 0, worth: sameItem },
      { nics: 0, items: 1, worth: sameNic },
    ];
    // The first of equal ones: the first interfaces have an item when there are not enough.
    return steps.reduce((first, step) => step.worth > first.worth ? step : first);
  };
  for (let i = nics.length - 1; i >= 0; i--) {
    for (let j = items.length - 1; j >= 0; j--) best[i]![j] = bestStep(i, j).worth;
  }
  const pairs: (readonly [VmNic, T])[] = [];
  for (let [i, j] = [0, 0]; i < nics.length && j < items.length;) {
    const step = bestStep(i, j);
    if (step.isOwn) pairs.push([nics[i]!, items[j]!]);
    i += step.nics;
    j += step.items;
  }
  return pairs;
}
