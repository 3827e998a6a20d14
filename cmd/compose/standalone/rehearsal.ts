/** APIs in memory, as standalone serves one: what manifests would do is tried on them. */

import { parse } from "yaml";
import { type ApiServer, startMemoryApiServer } from "../../../lib/apiserver/server.ts";
import { createInProcessClient, formatUserAgent } from "../../../lib/kube/client/rest_client.ts";
import type { ManifestTarget, Rehearsal } from "../../../lib/manifests/check_manifests.ts";
import { VERSION } from "../../cli/build.ts";
import { CRD_TEXTS } from "../crd_files.ts";
import type { ProcessParts } from "../process_parts.ts";
import type { OnAccepted } from "./logged_warnings.ts";
import { standaloneAdmission } from "./standalone_admission.ts";
import virtualMachines from "./virtual_machines.yaml" with { type: "text" };

/** Definitions of the kinds that standalone serves besides those of Kubernetes. */
export function standaloneCrds(): readonly unknown[] {
  return [...CRD_TEXTS, virtualMachines].map((text): unknown => parse(text));
}

/** A copy of what a server has stored. */
export async function rehearsalOf(
  server: ApiServer,
  onAccepted: OnAccepted,
  parts: ProcessParts,
): Promise<Rehearsal> {
  const copy = await server.rehearsal((stored) => standaloneAdmission(stored, onAccepted));
  return { client: clientOf(copy, parts), [Symbol.asyncDispose]: () => copy.close() };
}

/** The API of a first start: nothing is stored. */
export interface EmptyApi extends ManifestTarget, AsyncDisposable {}

/** @param onAccepted Told of each object that would be stored, maybe several times. */
export function openEmptyApi(onAccepted: OnAccepted, parts: ProcessParts): EmptyApi {
  const server = startMemoryApiServer({
    crds: standaloneCrds(),
    admission: (stored) => standaloneAdmission(stored, onAccepted),
    log: parts.log,
    nowMs: parts.clock.nowMs,
  });
  return {
    client: clientOf(server, parts),
    clock: parts.clock,
    rehearse: async () => await rehearsalOf(server, onAccepted, parts),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

function clientOf({ handle }: ApiServer, parts: ProcessParts) {
  return createInProcessClient(handle, {
    ...parts,
    userAgent: formatUserAgent(VERSION, "manifests"),
  });
}
