/** The controller against the embedded API server. */

import { parse } from "yaml";
import { admit } from "../../../lib/admission/admit.ts";
import { apiVersionOf, NAMESPACES } from "../../../lib/api/resources.ts";
import type { ClusterAccess } from "../../../lib/kube/access/cluster_access.ts";
import { ADDRESS_CASES } from "./controller_cases.ts";
import { LIFECYCLE_CASES } from "./controller_lifecycle_cases.ts";
import { RECORD_CASES } from "./controller_record_cases.ts";
import { ControllerWorld } from "../../support/controller/controller_world.ts";
import { startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";

function readCrd(name: string): unknown {
  return parse(Deno.readTextFileSync(new URL(`../../../crds/${name}.yaml`, import.meta.url)));
}

for (const { name, run } of [...ADDRESS_CASES, ...LIFECYCLE_CASES, ...RECORD_CASES]) {
  Deno.test(`the controller ${name}`, async () => {
    const crds = [readCrd("ippool"), readCrd("virtualmachinenetworkconfig")];
    await using api = await startEmbeddedApi({ crds, admit });
    const access: ClusterAccess = {
      server: api.server.url,
      certificateAuthority: { text: api.credentials.cert },
      token: { text: api.credentials.token },
    };
    await using world = new ControllerWorld(access, "lab");
    await world.client.create(NAMESPACES, {
      apiVersion: apiVersionOf(NAMESPACES),
      kind: NAMESPACES.kind,
      metadata: { name: "lab" },
    });
    await run(world);
  });
}
