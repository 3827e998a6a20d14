/** `vm-dhcp check --manifests`: what a first start of standalone would say of files. */

import { nicListOf } from "../../../lib/admission/checks/nic_questions.ts";
import { type FieldError, keyOf, type KubeObject } from "../../../lib/api/meta.ts";
import { VIRTUAL_MACHINE_NETWORK_CONFIGS } from "../../../lib/api/resources.ts";
import { type UnservedNic, unservedNicsOf } from "../../../lib/explain/foreseen.ts";
import { checkManifests, manifestErrorOf } from "../../../lib/manifests/check_manifests.ts";
import { formatProblem } from "../../../lib/manifests/manifest_documents.ts";
import { problemOf } from "../../../lib/manifests/manifest_error.ts";
import { keepPermissions } from "../../../lib/sys/host/permissions.ts";
import { CommandError, type Invocation } from "../../cli/command.ts";
import { parseText } from "../../cli/flag_values.ts";
import type { FlagTable } from "../../cli/flags.ts";
import { createProcessParts } from "../process_parts.ts";
import { openEmptyApi } from "../standalone/rehearsal.ts";

/** Flags of this way to check. */
export const MANIFESTS_FLAGS = {
  manifests: {
    kind: "list",
    placeholder: "PATH",
    help:
      "Check this file, or the files in this folder, as standalone reads them, by themselves and " +
      "against each other. Nothing else is asked or touched.",
    parse: parseText,
  },
} as const satisfies FlagTable;

/**
 * Checks manifests as a start of standalone with an empty data folder does.
 *
 * @throws {CommandError} with a line for each problem.
 */
export async function checkManifestFiles(
  paths: readonly string[],
  { signal, print }: Invocation,
): Promise<void> {
  keepPermissions(["env", "read", "sys"]);
  const accepted = new Map<string, Accepted>();
  await using api = openEmptyApi(
    (object, warnings) => void accepted.set(nameOf(object), { object, warnings }),
    createProcessParts({ level: "error" }),
  );
  const { objects, problems } = await checkManifests(api, paths, signal);
  if (problems.length > 0) {
    throw new CommandError(manifestErrorOf("manifests are wrong", problems).message);
  }
  const unserved = Map.groupBy(
    unservedNicsOf([...accepted.values()].map(({ object }) => object)),
    ({ owner }) => owner,
  );
  for (const manifest of objects) {
    const { object, warnings } = accepted.get(nameOf(manifest.object)) ??
      { object: manifest.object, warnings: [] };
    const nics = manifest.type === VIRTUAL_MACHINE_NETWORK_CONFIGS
      ? unserved.get(keyOf(object)) ?? []
      : [];
    for (const { field, message } of [...warnings, ...foreseen(object, nics, warnings)]) {
      print(formatProblem(problemOf(manifest, field, `warning: ${message}`)));
    }
  }
  const s = objects.length === 1 ? "" : "s";
  print(`manifests are right: ${objects.length} object${s}`);
}

/** An object as it would be stored. */
interface Accepted {
  readonly object: KubeObject;
  readonly warnings: readonly FieldError[];
}

function nameOf(object: KubeObject): string {
  return `${object.kind} ${keyOf(object)}`;
}

/** What the conditions of an object would say of its NICs; rules may have said it of a field already. */
function foreseen(
  { spec }: KubeObject,
  nics: readonly UnservedNic[],
  warnings: readonly FieldError[],
): readonly FieldError[] {
  const list = nicListOf(spec);
  return nics.map(({ nicIndex, message }) => ({ field: `spec.${list}[${nicIndex}]`, message }))
    .filter(({ field }) => !warnings.some((each) => each.field.startsWith(`${field}.`)));
}
