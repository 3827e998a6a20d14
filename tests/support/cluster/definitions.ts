/** The definitions that tests rely on, and their installation. */

import type { ResourceType } from "../../../lib/api/meta.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import { parse } from "yaml";
import { type ApiConnection, at } from "../apiserver/api_connection.ts";
import { waitUntil } from "../harness/wait_until.ts";

const PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const FILES = [
  "../../../crds/ippool.yaml",
  "../../../crds/virtualmachinenetworkconfig.yaml",
  "../../testdata/crds/gadget.yaml",
  "../../testdata/crds/network_attachment_definition.yaml",
  "../../../cmd/compose/standalone/virtual_machines.yaml",
  "../../testdata/crds/virtual_machine_instance.yaml",
];

/** Definitions of our kinds, of network attachments, of KubeVirt's VMs, and of Gadgets. */
export function readDefinitions(): readonly JsonObject[] {
  return FILES.map((file) => parse(Deno.readTextFileSync(new URL(file, import.meta.url))));
}

/** The same without those of some kinds, as in a cluster that does not have them. */
export function readDefinitionsWithout(...types: readonly ResourceType[]): readonly JsonObject[] {
  const names = types.map(({ plural, group }) => `${plural}.${group}`);
  return readDefinitions()
    .filter((definition) => !names.includes(String(at(definition, "metadata.name"))));
}

/** Creates definitions and waits until their objects are served. */
export async function installDefinitions(
  api: ApiConnection,
  definitions: readonly JsonObject[],
): Promise<void> {
  for (const definition of definitions) {
    const { status, text } = await api.send("POST", PATH, { body: definition });
    if (status !== 201) throw new Error(`the definition is refused: ${text}`);
  }
  await Promise.all(definitions.map((definition) => untilEstablished(api, definition)));
}

async function untilEstablished(api: ApiConnection, definition: JsonObject): Promise<void> {
  const name = String(at(definition, "metadata.name"));
  await waitUntil(async () => {
    const { body } = await api.send("GET", `${PATH}/${name}`);
    const conditions = (at(body, "status.conditions") ?? []) as readonly JsonObject[];
    const isEstablished = conditions.some(({ type, status }) =>
      type === "Established" && status === "True"
    );
    return isEstablished || undefined;
  }, { what: `${name} to be established` });
}
