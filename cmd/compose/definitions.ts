/** The CustomResourceDefinitions of a cluster: made, or brought up to date, where that is allowed. */

import type { Clock } from "../../lib/base/clock.ts";
import { objectAt } from "../../lib/base/json.ts";
import { joinSome } from "../../lib/base/sentences.ts";
import { keyOf, type KubeObject, type ResourceType } from "../../lib/api/meta.ts";
import {
  CUSTOM_RESOURCE_DEFINITIONS,
  IPPOOLS,
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
} from "../../lib/api/resources.ts";
import { isStatus, type KubeClient } from "../../lib/kube/contract.ts";
import type { Logger } from "../../lib/observe/logger.ts";
import {
  definitionVersionOf,
  isEstablished,
  planDefinition,
} from "../../lib/reconcile/definition/definition.ts";

/**
 * Brings the definitions up to date, whoever has written them before: the controller, helm or another
 * kubectl. Without the force, that is a conflict as soon as a field differs.
 */
export const APPLY_DEFINITIONS =
  "vm-dhcp crds | kubectl apply --server-side --force-conflicts -f -";

/** Rounds against others that write the same definition. */
const ATTEMPTS_MAX = 5;

const ESTABLISHED_POLL_MS = 100;
const ESTABLISHED_MS_MAX = 30_000;

const PAGE_SIZE = 500;
const OBJECTS_SHOWN_MAX = 5;

/** What is needed to keep definitions. */
export interface DefinitionParts {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Makes our definitions where they are missing, and brings older ones up to date. Without the right to
 * that, or to look, what is there is used.
 *
 * @throws {Error} when a definition is missing and may not be made; it names the right and the command.
 */
export async function ensureDefinitions(
  parts: DefinitionParts,
  signal: AbortSignal,
): Promise<void> {
  // Only a leader needs them, and once.
  const [{ parse }, { CRD_TEXTS }] = await Promise.all([
    import("yaml"),
    import("./crd_files.ts"),
  ]);
  const definitions: readonly KubeObject[] = CRD_TEXTS.map((text) => parse(text));
  await Promise.all(definitions.map((wanted) => ensureDefinition(wanted, parts, signal)));
}

async function ensureDefinition(
  wanted: KubeObject,
  parts: DefinitionParts,
  signal: AbortSignal,
): Promise<void> {
  const { log } = parts;
  const definition = wanted.metadata.name;
  for (let attempt = 1;; attempt++) {
    try {
      if (await bringUpToDate(wanted, parts, signal)) await untilEstablished(wanted, parts, signal);
      return;
    } catch (error) {
      if (isStatus(error, 409) && attempt < ATTEMPTS_MAX) continue;
      if (!isStatus(error, 403, 422)) throw error;
      log.log("warn", "definition stays as it is", { definition, error });
      return;
    }
  }
}

/**
 * @returns Whether it was written.
 * @throws {StatusError} 403 when it may not be looked at or updated.
 */
async function bringUpToDate(
  wanted: KubeObject,
  parts: DefinitionParts,
  signal: AbortSignal,
): Promise<boolean> {
  const { client, log } = parts;
  const definition = wanted.metadata.name;
  const stored = await readDefinition(wanted, parts, signal);
  const step = planDefinition(wanted, stored);
  switch (step.do) {
    case "nothing":
      return false;
    case "leave":
      log.log("info", "definition of a later version is used", {
        definition,
        version: step.version,
      });
      return false;
    case "create":
      if (!await isCreated(step.object, parts, signal)) return false;
      log.log("info", "definition was made", { definition });
      return true;
    case "update": {
      const misfits = await misfitsOf(step.object, client, signal);
      if (misfits.length > 0) {
        log.log(
          "error",
          "definition stays as it is, because stored objects do not fit the new one",
          {
            definition,
            objects: joinSome(misfits, "; ", OBJECTS_SHOWN_MAX),
          },
        );
        return false;
      }
      await client.replace(CUSTOM_RESOURCE_DEFINITIONS, step.object, { signal });
      describeUpdate(definition, definitionVersionOf(stored!), log);
      return true;
    }
    default:
      return step satisfies never;
  }
}

function describeUpdate(definition: string, from: string, log: Logger): void {
  log.log("info", "definition was brought up to date", { definition, from });
  if (from !== "" || !definition.startsWith(VIRTUAL_MACHINE_NETWORK_CONFIGS.plural)) return;
  log.log(
    "warn",
    "the Go version does not know spec.networkConfig: before you go back to it, convert it to " +
      "spec.networkConfigs (vm-dhcp check --hand-back), or those VMs lose their NICs",
    { definition },
  );
}

async function readDefinition(
  { metadata: { name } }: KubeObject,
  { client }: DefinitionParts,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  try {
    return await client.get(CUSTOM_RESOURCE_DEFINITIONS, { namespace: "", name }, signal);
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
}

/** @returns False with an API server that has no definitions: then it knows its kinds. */
async function isCreated(
  definition: KubeObject,
  { client }: DefinitionParts,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await client.create(CUSTOM_RESOURCE_DEFINITIONS, definition, { signal });
    return true;
  } catch (error) {
    if (isStatus(error, 404)) return false;
    if (!isStatus(error, 403)) throw error;
    const { name } = definition.metadata;
    throw new Error(
      `the definition ${name} is missing and may not be made (${error.message}); run ${APPLY_DEFINITIONS}`,
      { cause: error },
    );
  }
}

/** What stored objects of our kinds have that the definition refuses. */
async function misfitsOf(
  definition: KubeObject,
  client: KubeClient,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const plural = objectAt(objectAt(definition, "spec"), "names").plural;
  const type = [IPPOOLS, VIRTUAL_MACHINE_NETWORK_CONFIGS].find((each) => each.plural === plural)!;
  const { customResource } = await import("../../lib/apiserver/kinds/custom_resource.ts");
  const { validate } = customResource(definition);
  const misfits: string[] = [];
  for await (const object of listObjects(type, client, signal)) {
    const causes = validate(object);
    if (causes.length === 0) continue;
    const faults = causes.map(({ field, message }) => `${field}: ${message}`);
    misfits.push(`${type.kind} ${keyOf(object)}: ${joinSome(faults, ", ", OBJECTS_SHOWN_MAX)}`);
  }
  return misfits;
}

async function* listObjects(
  type: ResourceType,
  client: KubeClient,
  signal: AbortSignal,
): AsyncGenerator<KubeObject> {
  let next = "";
  do {
    const page = await client.list(type, { limit: PAGE_SIZE, continue: next, signal });
    yield* page.items;
    next = page.continue;
  } while (next !== "");
}

/** Waits until the kind is served; after a while without it, as informers try again by themselves. */
async function untilEstablished(
  definition: KubeObject,
  parts: DefinitionParts,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = parts;
  const endMs = clock.monotonicMs() + ESTABLISHED_MS_MAX;
  while (!signal.aborted && clock.monotonicMs() < endMs) {
    const stored = await readDefinition(definition, parts, signal);
    if (stored !== undefined && isEstablished(stored)) return;
    await clock.sleep(ESTABLISHED_POLL_MS, signal);
  }
}
