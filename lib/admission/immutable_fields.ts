/** What updates of our kinds may not change. */

import { isJsonEqual, textOf, valueAt } from "../base/json.ts";
import type { FieldError, KubeObject } from "../api/meta.ts";
import { parseIpv4Address } from "../net/ipv4_address.ts";

/**
 * Fields that cannot change, with the messages of the CEL rules in `crds/`: the words of the Go version, and
 * then what to do. `requiredOnceSet` speaks when the field is taken away.
 */
export interface ImmutableField {
  /** With dots, as in messages. */
  readonly path: string;
  /** Message when the value differs; absent where other rules watch the parts of the value. */
  readonly immutable?: string;
  readonly requiredOnceSet?: string;
  /** The changes that do no harm. */
  readonly allows?: (before: unknown, after: unknown) => boolean;
}

const CONFIG = "spec.ipv4Config";
const POOL = `${CONFIG}.pool`;

/** What to do about what VMs and agents rely on. */
const ANEW = "delete the pool when no VM uses it, and create it anew";

export const IPPOOL_IMMUTABLE: readonly ImmutableField[] = [
  {
    path: "spec.networkName",
    immutable:
      "NetworkName is immutable; to serve another network, create a pool of its own for it",
  },
  {
    path: CONFIG,
    requiredOnceSet: "IPv4Config is required once set; to stop the pool, set paused",
  },
  { path: `${CONFIG}.cidr`, immutable: `CIDR is immutable; to move to another subnet, ${ANEW}` },
  {
    path: `${CONFIG}.serverIP`,
    immutable: `ServerIP is immutable; to answer from another address, ${ANEW}`,
  },
  {
    path: `${CONFIG}.router`,
    immutable: `Router is immutable; to name another one, ${ANEW}`,
    requiredOnceSet: `Router is required once set; to do without, ${ANEW}`,
  },
  {
    path: `${POOL}.start`,
    immutable: "Start is immutable, except that it may go down within the subnet; " +
      "to hand out fewer addresses, add them to exclude",
    allows: (before, after) => isUpTo(after, before),
  },
  {
    path: `${POOL}.end`,
    immutable: "End is immutable, except that it may grow within the subnet; " +
      "to hand out fewer addresses, add them to exclude",
    allows: (before, after) => isUpTo(before, after),
  },
  {
    path: `${POOL}.exclude`,
    immutable: "Exclude is immutable, except that addresses may be added; " +
      `to hand out an excluded one, ${ANEW}`,
    allows: contains,
    // The Go version's words say End.
    requiredOnceSet:
      `End is required once set, and so is exclude; to hand out an excluded address, ${ANEW}`,
  },
];

export const VMNETCFG_IMMUTABLE: readonly ImmutableField[] = [
  {
    path: "spec.vmName",
    immutable:
      "VMName is immutable; for another VM, create a VirtualMachineNetworkConfig of its own",
  },
];

/** The fields that an update changes and may not; nothing without an object before it. */
export function changedFields(
  fields: readonly ImmutableField[],
  after: { readonly object: KubeObject },
  before: { readonly object: KubeObject } | undefined,
): readonly FieldError[] {
  if (before === undefined) return [];
  return fields.flatMap((field) => changeOf(field, before.object, after.object));
}

function changeOf(
  { path, immutable, requiredOnceSet, allows }: ImmutableField,
  oldObject: KubeObject,
  object: KubeObject,
): FieldError[] {
  const before = valueAt(oldObject, path);
  const after = valueAt(object, path);
  if (before === undefined) return [];
  if (after === undefined) {
    // As CEL does, the rule of the parent speaks only where there is a parent.
    const parent = path.slice(0, path.lastIndexOf("."));
    if (requiredOnceSet === undefined || valueAt(object, parent) === undefined) return [];
    return [{ field: parent, message: requiredOnceSet }];
  }
  if (immutable === undefined || isJsonEqual(before, after)) return [];
  if (allows?.(before, after) === true) return [];
  return [{ field: path, message: immutable }];
}

/** Whether two addresses are in this order. */
function isUpTo(lower: unknown, upper: unknown): boolean {
  const [from, to] = [lower, upper].map((text) => parseIpv4Address(textOf(text)));
  return from !== undefined && to !== undefined && from <= to;
}

/** Whether everything in a list is in another one. */
function contains(before: unknown, after: unknown): boolean {
  if (!Array.isArray(before) || !Array.isArray(after)) return false;
  const items = new Set<unknown>(after);
  return before.every((item) => items.has(item));
}
