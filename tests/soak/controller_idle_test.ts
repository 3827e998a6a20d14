/**
 * A controller that has served its VMs asks the API server for nothing but its next watches and the
 * renewal of its lease: for ten minutes with 1,000 VMs in `./dev soak`, otherwise for seconds with 50.
 */

import assert from "node:assert/strict";
import { ControllerSite } from "../bench/kube/controller_site.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { IS_SOAK, soakSeconds } from "../support/harness/soak.ts";
import { sumOf } from "../support/metrics/exposition.ts";
import { PROGRAMS } from "../support/process/standalone_process.ts";

const VMS = IS_SOAK ? 1_000 : 50;
const IDLE_SECONDS = soakSeconds(10, 600);
/** A watch lasts for at least five minutes. */
const WATCHES_MAX = Math.floor(IDLE_SECONDS / 300);
/** A lease is renewed every two seconds. */
const RENEWALS_MAX = Math.ceil(IDLE_SECONDS / 2) + 1;

await integrationTest({
  name: `A controller with ${VMS} VMs is quiet for ${IDLE_SECONDS} s`,
  needs: ["kube"],
  run: async () => {
    await using site = await ControllerSite.start(PROGRAMS.source);
    await site.makePools(1, 2 * VMS);
    await site.fill(VMS);
    await using controller = await site.controller([]);
    const read = async () => {
      const metrics = await controller.metrics();
      const requests = metrics.split("\n")
        .filter((line) => line.startsWith("rest_client_requests_total{"));
      const countOf = (method: string) =>
        sumOf(
          requests.filter((line) => line.includes(`method="${method}"`)).join("\n"),
          "rest_client_requests_total",
        );
      return {
        watches: sumOf(metrics, "reflector_watches_total"),
        reads: countOf("GET"),
        renewals: countOf("PUT"),
        others: countOf("POST") + countOf("PATCH") + countOf("DELETE"),
        writes: await site.writes(),
      };
    };
    const before = await read();
    await new Promise((resolve) => setTimeout(resolve, IDLE_SECONDS * 1000));
    const after = await read();
    const grown = (key: keyof typeof after) => after[key] - before[key];
    const kinds = before.watches;
    assert.ok(grown("renewals") > 0, "the lease was never renewed");
    assert.ok(grown("renewals") <= RENEWALS_MAX, `${grown("renewals")} renewals`);
    assert.ok(grown("watches") <= kinds * WATCHES_MAX, `${grown("watches")} watches`);
    assert.equal(grown("reads"), grown("watches"));
    assert.equal(grown("others"), 0);
    assert.equal(grown("writes"), 0);
  },
});
