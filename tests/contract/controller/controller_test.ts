/** The controller against the embedded API server. */

import { objectRules } from "../../support/apiserver/object_rules.ts";
import { apiVersionOf, NAMESPACES } from "../../../lib/api/resources.ts";
import type { ClusterAccess } from "../../../lib/kube/access/cluster_access.ts";
import { CONTROLLER_CASES } from "./all_cases.ts";
import { ControllerWorld } from "../../support/controller/controller_world.ts";
import { readControllerCrds } from "../../support/apiserver/crds.ts";
import { type EmbeddedApi, startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";

function accessOf({ server, credentials }: EmbeddedApi): ClusterAccess {
  return {
    server: server.url,
    certificateAuthority: { text: credentials.cert },
    token: { text: credentials.token },
  };
}

/** How the controller reaches the server: as in a cluster, and as in standalone. */
const WAYS = [
  { way: "over HTTPS", wayTo: accessOf },
  { way: "by calls", wayTo: ({ server }: EmbeddedApi) => server.handle },
];
const CASES = WAYS.flatMap((way) => CONTROLLER_CASES.map((each) => ({ ...way, ...each })));

for (const { way, wayTo, name, run } of CASES) {
  Deno.test(`the controller ${name}, ${way}`, async () => {
    await using api = await startEmbeddedApi({
      crds: readControllerCrds(),
      admission: objectRules,
    });
    await using world = new ControllerWorld(wayTo(api), "lab");
    await world.client.create(NAMESPACES, {
      apiVersion: apiVersionOf(NAMESPACES),
      kind: NAMESPACES.kind,
      metadata: { name: "lab" },
    });
    await run(world);
  });
}
