/** The controller against the embedded API server. */

import { apiVersionOf, NAMESPACES } from "../../../lib/api/resources.ts";
import type { ClusterAccess } from "../../../lib/kube/access/cluster_access.ts";
import { readControllerCrds } from "../../support/apiserver/crds.ts";
import { type EmbeddedApi, startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";
import { objectRules } from "../../support/apiserver/object_rules.ts";
import { CONTROLLERS, ControllerWorld } from "../../support/controller/controller_world.ts";
import { mulberry32 } from "../../support/harness/seeded_random.ts";
import { CONTROLLER_CASES } from "./all_cases.ts";
import { LateAnswers } from "./late_answers.ts";

/** Milliseconds; a test looks again after twice as much. */
const LATE_MS_MAX = 25;
const LATE_SHARE = 0.4;

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
  {
    way: "by calls that take their time",
    wayTo: ({ server }: EmbeddedApi, late: LateAnswers) => late.to(server.handle),
  },
];
const CASES = WAYS.flatMap((way) => CONTROLLER_CASES.map((each) => ({ ...way, ...each })));

for (const [index, { way, wayTo, name, run }] of CASES.entries()) {
  Deno.test(`the controller ${name}, ${way}`, async () => {
    await using api = await startEmbeddedApi({
      crds: readControllerCrds(),
      admission: objectRules,
    });
    // The test itself sees at once what is there.
    await using late = new LateAnswers({
      isLate: ({ headers }) => headers["user-agent"] === CONTROLLERS,
      random: mulberry32(index),
      msMax: LATE_MS_MAX,
      share: LATE_SHARE,
    });
    await using world = new ControllerWorld(wayTo(api, late), "lab");
    await world.client.create(NAMESPACES, {
      apiVersion: apiVersionOf(NAMESPACES),
      kind: NAMESPACES.kind,
      metadata: { name: "lab" },
    });
    await run(world);
  });
}
