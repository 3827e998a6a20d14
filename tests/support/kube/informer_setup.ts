/** An informer over a fake or real client, with everything else under the control of a test. */

import type { Clock } from "../../../lib/base/clock.ts";
import { equal, notEqual, ok } from "node:assert/strict";
import type { KubeObject } from "../../../lib/api/meta.ts";
import type { Informer, KubeClient } from "../../../lib/kube/contract.ts";
import { createInformer } from "../../../lib/kube/cache/informer.ts";
import type { InformerOptions } from "../../../lib/kube/cache/informer.ts";
import { CONFIG_MAPS } from "./kube_samples.ts";
import { RecordingLogger } from "../metrics/recording_logger.ts";
import { RecordingRegistry } from "../metrics/recording_registry.ts";

/** An informer and its surroundings. */
export interface InformerSetup {
  readonly informer: Informer<KubeObject>;
  readonly log: RecordingLogger;
  readonly registry: RecordingRegistry;
  readonly stop: AbortController;
  /** Every change so far, such as `a: 1 -> 2` by resourceVersion; `-` for no object. */
  readonly changes: string[];
  /** Runs the informer; resolves when it ended. */
  readonly run: () => Promise<void>;
}

/** Makes an informer of ConfigMaps. */
export function setUpInformer(
  client: Pick<KubeClient, "list" | "watch">,
  clock: Clock,
  options: Partial<InformerOptions<KubeObject>> = {},
): InformerSetup {
  const log = new RecordingLogger();
  const registry = new RecordingRegistry();
  const stop = new AbortController();
  const changes: string[] = [];
  const informer = createInformer({
    client,
    type: CONFIG_MAPS,
    convert: (object) => object,
    clock,
    random: () => 0.5,
    log,
    registry,
    ...options,
  });
  informer.onChange((key, before, after) => {
    const name = key.replace("default/", "");
    changes.push(`${name}: ${versionOf(before)} -> ${versionOf(after)}`);
  });
  return { informer, log, registry, stop, changes, run: () => informer.run(stop.signal) };
}

function versionOf(object: KubeObject | undefined): string {
  return object?.metadata.resourceVersion ?? "-";
}

/**
 * Fails unless the changes make sense: each one begins where the one before ended, changes
 * something, and never goes back to an older version.
 */
export function checkChangeHistory(changes: readonly string[]): void {
  const versions = new Map<string, string>();
  const newest = new Map<string, number>();
  for (const change of changes) {
    const [, name = "", before = "", after = ""] = /^(.+): (.+) -> (.+)$/.exec(change) ?? [];
    equal(before, versions.get(name) ?? "-", change);
    notEqual(before, after, change);
    versions.set(name, after);
    if (after === "-") continue;
    ok(Number(after) > (newest.get(name) ?? 0), `${change} goes back in time`);
    newest.set(name, Number(after));
  }
}
