/** The event recorder against the embedded API server. */

import type { JsonObject } from "../../../lib/base/json.ts";
import assert from "node:assert/strict";
import { createEventRecorder } from "../../../lib/kube/events/event_recorder.ts";
import { createKubeClient } from "../../../lib/kube/client/rest_client.ts";
import { createClock } from "../../../lib/sys/host/clock.ts";
import { startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";
import { RecordingLogger } from "../../support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../support/metrics/recording_registry.ts";
import { ippoolSample } from "../../support/apiserver/samples.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";

const EVENTS = "/api/v1/namespaces/default/events";

Deno.test("the server keeps one Event with a count of four after four equal ones", async () => {
  await using api = await startEmbeddedApi();
  const parts = {
    clock: createClock(),
    random: Math.random,
    log: new RecordingLogger(),
    registry: new RecordingRegistry(),
  };
  const access = {
    server: api.server.url,
    certificateAuthority: { text: api.credentials.cert },
    token: { text: api.credentials.token },
  };
  const client = createKubeClient(access, { ...parts, userAgent: "vm-dhcp-tests" });
  const recorder = createEventRecorder({ ...parts, client, reportingInstance: "controller-0" });
  const { apiVersion, kind, metadata } = ippoolSample();
  const tell = () =>
    recorder.record({
      regarding: { apiVersion, kind, metadata },
      type: "Warning",
      reason: "PoolExhausted",
      note: "no address is left",
    });
  const read = async () => (await api.send("GET", EVENTS)).body["items"] as JsonObject[];
  tell();
  await waitUntil(async () => (await read())[0], { what: "the event" });
  for (let times = 0; times < 3; times++) tell();
  await recorder.close();
  client.close();
  const events = await read();
  assert.deepEqual(events.map((event) => event["count"]), [4]);
  assert.deepEqual(parts.log.lines.map(({ level, msg }) => [level, msg]), [["warn", "event"]]);
});
