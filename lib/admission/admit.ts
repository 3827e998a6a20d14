/** Judges changes of our kinds before they are stored. */

import { isJsonEqual, valueAt } from "../base/json.ts";
import type { FieldError, KubeObject, ResourceType } from "../api/meta.ts";
import { IPPOOLS, VIRTUAL_MACHINE_NETWORK_CONFIGS } from "../api/resources.ts";
import type { AdmissionRequest } from "./contract.ts";
import { type ImmutableField, IPPOOL_IMMUTABLE, VMNETCFG_IMMUTABLE } from "./immutable_fields.ts";
import { checkIPPool, checkVirtualMachineNetworkConfig } from "./object_checks.ts";

interface Rules {
  readonly type: ResourceType;
  check(object: KubeObject): readonly FieldError[];
  readonly immutable: readonly ImmutableField[];
}

const RULES: readonly Rules[] = [
  { type: IPPOOLS, check: checkIPPool, immutable: IPPOOL_IMMUTABLE },
  {
    type: VIRTUAL_MACHINE_NETWORK_CONFIGS,
    check: checkVirtualMachineNetworkConfig,
    immutable: VMNETCFG_IMMUTABLE,
  },
];

/**
 * Judges a change that needs no look at other objects.
 *
 * An update is not refused for what was wrong before it: otherwise an old object could not even
 * lose a finalizer. An object that is being deleted is judged like any other: while it waits for
 * its users, it serves them.
 *
 * @returns Everything that is wrong; empty when the change may be stored, or when these rules
 * do not know its kind.
 */
export function admit(request: AdmissionRequest): readonly FieldError[] {
  const { type, object, oldObject } = request;
  const rules = RULES.find((rules) =>
    rules.type.group === type.group && rules.type.plural === type.plural
  );
  if (rules === undefined || object === undefined || request.operation === "DELETE") return [];
  if (oldObject === undefined) return rules.check(object);
  if (isJsonEqual(oldObject.spec, object.spec)) return [];
  const errors = rules.check(object);
  const before = new Set(rules.check(oldObject).map(identityOf));
  return [
    ...rules.immutable.flatMap((field) => checkImmutable(field, oldObject, object)),
    ...errors.filter((error) => !before.has(identityOf(error))),
  ];
}

function identityOf({ field, message }: FieldError): string {
  return `${field}: ${message}`;
}

function checkImmutable(
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
