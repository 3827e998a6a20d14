/** Objects of the kind that tests define for themselves (testdata/crds/gadget.yaml). */

import type { JsonObject } from "../../../lib/base/json.ts";

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
