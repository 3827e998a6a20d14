/** The model of the API server serves a controller as the real ones do: the same cases pass. */

import { createClock } from "../../lib/sys/host/clock.ts";
import { ADDRESS_CASES } from "../contract/controller/controller_cases.ts";
import { LIFECYCLE_CASES } from "../contract/controller/controller_lifecycle_cases.ts";
import { RECORD_CASES } from "../contract/controller/controller_record_cases.ts";
import { ControllerWorld } from "../support/controller/controller_world.ts";
import { Link } from "./api/link.ts";
import { ModelApi } from "./api/model_api.ts";
import { ModelClient } from "./api/model_client.ts";
import { Weather } from "./api/weather.ts";

/** A client of a model that is as fast and as fair as can be. */
function modelClient() {
  const clock = createClock();
  const api = new ModelApi(clock);
  const weather = new Weather({ rates: {}, latencyMs: 0, lagMs: {} }, () => 0);
  const link = new Link({
    api,
    clock,
    weather,
    streamsLists: true,
    isDead: () => false,
    isForbidden: () => false,
    crash: () => {},
    contend: () => {},
  });
  const client = new ModelClient({ api, link, clock, wire: clock, by: "tests" });
  return Object.assign(client, { close: () => {} });
}

for (const { name, run } of [...ADDRESS_CASES, ...LIFECYCLE_CASES, ...RECORD_CASES]) {
  Deno.test(`the controller ${name}, over the model of an API server`, async () => {
    await using world = new ControllerWorld(modelClient(), "lab");
    await run(world);
  });
}
