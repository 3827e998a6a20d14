/** Judges changes of our kinds before they are stored. */

import { isJsonEqual } from "../base/json.ts";
import type { FieldError, KubeObject, ResourceType } from "../api/meta.ts";
import { IPPOOLS, VIRTUAL_MACHINE_NETWORK_CONFIGS } from "../api/resources.ts";
import type { AdmissionRequest } from "./contract.ts";
import {
  changedFields,
  type ImmutableField,
  IPPOOL_IMMUTABLE,
  VMNETCFG_IMMUTABLE,
} from "./immutable_fields.ts";
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
    ...changedFields(rules.immutable, { object }, { object: oldObject }),
    ...errors.filter((error) => !before.has(identityOf(error))),
  ];
}

function identityOf({ field, message }: FieldError): string {
  return `${field}: ${message}`;
}
