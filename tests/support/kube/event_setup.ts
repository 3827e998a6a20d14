/** An event recorder whose surroundings are under the control of a test. */

import type { JsonObject } from "../../../lib/base/json.ts";
import type { KubeObject } from "../../../lib/api/meta.ts";
import type { EventNote } from "../../../lib/kube/contract.ts";
import { createEventRecorder } from "../../../lib/kube/events/event_recorder.ts";
import { FakeClock } from "../clocks/fake_clock.ts";
import { RecordingLogger } from "../metrics/recording_logger.ts";
import { RecordingRegistry } from "../metrics/recording_registry.ts";
import { configMap } from "./kube_samples.ts";

type Create = (object: KubeObject, signal: AbortSignal | undefined) => Promise<KubeObject>;

/** A recorder, what it has sent, and its surroundings. */
export function setUpRecorder(create: Create = (object) => Promise.resolve(object)) {
  const clock = new FakeClock();
  const log = new RecordingLogger();
  const registry = new RecordingRegistry();
  const sent: KubeObject[] = [];
  const patches: JsonObject[] = [];
  /** Failures of the patches to come. */
  const refused: Error[] = [];
  const recorder = createEventRecorder({
    client: {
      create: (_type, object, options) => {
        sent.push(object);
        return create(object, options?.signal);
      },
      mergePatch: (_type, name, patch) => {
        patches.push({ name: name.name.split(".")[0], ...patch });
        const refusal = refused.shift();
        return refusal === undefined ? Promise.resolve(configMap("a", 1)) : Promise.reject(refusal);
      },
    },
    reportingInstance: "controller-0",
    clock,
    random: () => 0.5,
    log,
    registry,
  });
  return { recorder, clock, log, registry, sent, patches, refused };
}

/** A note on a ConfigMap of that name. */
export function eventNote(name: string, text = "10.0.0.2 was allocated"): EventNote {
  const { apiVersion, kind, metadata } = configMap(name, 7);
  return {
    regarding: { apiVersion, kind, metadata },
    type: "Normal",
    reason: "IPAllocated",
    note: text,
  };
}
