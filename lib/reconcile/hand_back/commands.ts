/** Shell commands that change objects, as people would type them. */

import type { JsonObject } from "../../base/json.ts";
import type { JsonPatchStep } from "../../api/json_patch.ts";
import type { KubeObject } from "../../api/meta.ts";
import { IPPOOLS } from "../../api/resources.ts";

/** What has to stand before `-p`. */
type PatchForm = "--type=json" | "--type=merge" | "--subresource=status --type=json";

const DEFINITION = `${IPPOOLS.plural}.${IPPOOLS.group}`;
const SPEC_SCHEMA = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties";

/** How long API servers may take until they judge by a changed definition, in seconds. */
const DEFINITION_TRIES = "1 2 3 4 5 6 7 8 9 10";

/** The command that patches an object. */
export function patchCommand(
  { kind, metadata }: KubeObject,
  form: PatchForm,
  patch: JsonObject | readonly JsonPatchStep[],
): string {
  return `kubectl patch ${kind.toLowerCase()} -n ${metadata.namespace} ${metadata.name} ${form} -p ${
    quoted(JSON.stringify(patch))
  }`;
}

/** The command that deletes an object. */
export function deleteCommand({ kind, metadata }: KubeObject): string {
  return `kubectl delete ${kind.toLowerCase()} -n ${metadata.namespace} ${metadata.name}`;
}

/**
 * Commands that patch a field which the definition does not let anybody change: its rule is taken away, and
 * the definition put back. It is put back as a whole and not by a patch of the rule: that gives the same
 * wherever a run was broken off before, and whatever else somebody changed.
 *
 * @param field Below `spec`, such as `ipv4Config.pool.end`.
 */
export function patchOfFixedField(
  command: string,
  field: string,
  applyDefinitions: string,
): readonly string[] {
  const path = `${SPEC_SCHEMA}/${field.replaceAll(".", "/properties/")}/x-kubernetes-validations`;
  const patch = quoted(JSON.stringify([{ op: "remove", path } satisfies JsonPatchStep]));
  return [
    `kubectl patch crd ${DEFINITION} --type=json -p ${patch}`,
    `for try in ${DEFINITION_TRIES}; do ${command} && break; sleep 1; done`,
    applyDefinitions,
  ];
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
