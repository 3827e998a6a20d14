/** Gadgets: the kind that the tests define for themselves (testdata/crds/gadget.yaml). */

import { parse } from "yaml";
import type { JsonObject } from "../../../lib/base/json.ts";
import type { ResourceType } from "../../../lib/api/meta.ts";

/** The kind, as clients name it. */
export const GADGET_TYPE: ResourceType = {
  group: "test.example.com",
  version: "v1alpha1",
  plural: "gadgets",
  kind: "Gadget",
  namespaced: true,
};

/** Path of the Gadgets in the namespace `default`. */
export const GADGETS = "/apis/test.example.com/v1alpha1/namespaces/default/gadgets";

/** Its definition, which uses each feature of schemas once. */
export function readGadgetCrd(): unknown {
  return parse(Deno.readTextFileSync(new URL("../../testdata/crds/gadget.yaml", import.meta.url)));
}

/** A Gadget as a client would send it. */
export function gadget(name: string, spec: JsonObject = { size: 2 }, more: JsonObject = {}) {
  return {
    apiVersion: "test.example.com/v1alpha1",
    kind: "Gadget",
    metadata: { name },
    spec,
    ...more,
  };
}
