/** `vm-dhcp check --manifests`: what a first start of standalone would say of files. */

import { formatNamespacedName, keyOf } from "../../../lib/api/meta.ts";
import { checkManifests } from "../../../lib/manifests/check_manifests.ts";
import { formatProblem, type ManifestObject } from "../../../lib/manifests/manifest_documents.ts";
import { ManifestError } from "../../../lib/manifests/manifest_error.ts";
import { problemOf } from "../../../lib/manifests/manifest_error.ts";
import { keepPermissions } from "../../../lib/sys/host/permissions.ts";
import { CommandError, type Invocation } from "../../cli/command.ts";
import { parseText } from "../../cli/flag_values.ts";
import type { FlagTable } from "../../cli/flags.ts";
import { createProcessParts } from "../process_parts.ts";
import type { OnAccepted } from "../standalone/logged_warnings.ts";
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
  const warnings = new Map<string, Parameters<OnAccepted>[1]>();
  await using api = openEmptyApi(
    (object, found) => void warnings.set(`${object.kind} ${keyOf(object)}`, found),
    createProcessParts({ level: "error" }),
  );
  try {
    const { objects } = await checkManifests(api, paths, signal);
    for (const object of objects) {
      const key = `${object.type.kind} ${formatNamespacedName(object.name)}`;
      for (const line of warningLines(object, warnings.get(key) ?? [])) print(line);
    }
    const s = objects.length === 1 ? "" : "s";
    print(`manifests are right: ${objects.length} object${s}`);
  } catch (error) {
    if (error instanceof ManifestError) throw new CommandError(error.message);
    throw error;
  }
}

function warningLines(
  object: ManifestObject,
  warnings: Parameters<OnAccepted>[1],
): readonly string[] {
  return warnings.map(({ field, message }) =>
    formatProblem(problemOf(object, field, `warning: ${message}`))
  );
}
