/** Objects are updated while their API server is killed and started again and again. */

import assert from "node:assert/strict";
import type { KubeObject } from "../../lib/api/meta.ts";
import type { ClusterAccess } from "../../lib/kube/access/cluster_access.ts";
import { type KubeClient, StatusError } from "../../lib/kube/contract.ts";
import { createKubeClient } from "../../lib/kube/client/rest_client.ts";
import { TransportError } from "../../lib/kube/client/transport/transport_error.ts";
import { createClock } from "../../lib/sys/host/clock.ts";
import { gadget, GADGET_TYPE } from "../support/kube/gadget.ts";
import { checkChangeHistory, setUpInformer } from "../support/kube/informer_setup.ts";
import { RecordingLogger } from "../support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../support/metrics/recording_registry.ts";
import { waitUntil } from "../support/harness/wait_until.ts";

const OBJECTS = 20;
/** Simultaneous writers, each with objects of its own. */
const WRITERS = 4;
const RETRY_MS = 50;
/** A server that is starting asks its clients to come back later. */
const CATCH_UP_MS_MAX = 60_000;
const ANNOTATION = "test.example.com/update";

/** The cluster, and how often its API server is restarted. */
export interface RestartCourse {
  readonly access: ClusterAccess;
  readonly namespace: string;
  readonly restarts: number;
  /** Each restart comes in the middle of this many updates. */
  readonly updatesPerRestart: number;
  /** Kills the server; resolves when it serves again. */
  readonly restart: () => Promise<void>;
}

/** Counts of what happened. */
export interface RestartTally {
  readonly lists: number;
  readonly watches: number;
  /** Writes that had no answer, or that an ending or starting server refused. */
  readonly failedWrites: number;
}

/**
 * Goes through the course.
 *
 * @throws {AssertionError} when an acknowledged update is not on the server afterwards, or when the
 * cache does not end up equal to the server through a consistent history.
 */
export async function runRestartCourse(course: RestartCourse): Promise<RestartTally> {
  const { access, namespace, restarts, updatesPerRestart } = course;
  const clock = createClock();
  const parts = { clock, random: Math.random, log: new RecordingLogger() };
  const registry = new RecordingRegistry();
  const client = createKubeClient(access, { ...parts, registry, userAgent: "vm-dhcp-tests" });
  const { informer, changes, stop, run, ...setup } = setUpInformer(client, clock, {
    ...parts,
    type: GADGET_TYPE,
    namespace,
  });
  const ended = run();
  try {
    await informer.whenSynced();
    const updater = new Updater(client, namespace);
    await updater.make();
    for (let time = 1; time <= restarts; time++) {
      const half = updater.until(updatesPerRestart / 2);
      await Promise.all([updater.update(updatesPerRestart), half.then(course.restart)]);
      const { items } = await client.list(GADGET_TYPE, { namespace });
      assert.deepEqual(updatesOf(items), updater.acknowledged);
      await waitUntil(() => isSame(items, informer.list()) || undefined, {
        what: `the cache to equal the server after ${time} restarts`,
        limitMs: CATCH_UP_MS_MAX,
        explain: () => changes.slice(-10).join("\n"),
      });
    }
    checkChangeHistory(changes);
    const labels = { resource: "gadgets.test.example.com" };
    assert.equal(setup.registry.value("reflector_missed_changes_total", labels), 0);
    const watches = setup.registry.value("reflector_watches_total", labels);
    assert.ok(watches > restarts, `${watches} watches for ${restarts} restarts`);
    const lists = setup.registry.value("reflector_lists_total", labels);
    return { lists, watches, failedWrites: updater.failed };
  } finally {
    stop.abort();
    await ended;
    client.close();
  }
}

/** Updates objects of which it is the only writer. */
class Updater {
  /** Number of the last update of each object that the server confirmed, by name. */
  readonly acknowledged: Record<string, number> = {};
  failed = 0;
  readonly #client: KubeClient;
  readonly #namespace: string;
  #waiting: { readonly count: number; readonly resolve: () => void } | undefined;
  /** Updates that were confirmed. */
  #count = 0;

  constructor(client: KubeClient, namespace: string) {
    this.#client = client;
    this.#namespace = namespace;
  }

  async make(): Promise<void> {
    for (let index = 0; index < OBJECTS; index++) {
      const name = `g-${index}`;
      const metadata = { name, namespace: this.#namespace, annotations: { [ANNOTATION]: "0" } };
      await this.#client.create(GADGET_TYPE, { ...gadget(name), metadata });
      this.acknowledged[name] = 0;
    }
  }

  /** Updates the objects in turn, until the server has confirmed this many more. */
  async update(times: number): Promise<void> {
    const firstUpdate = this.#count + 1;
    const writers = Array.from({ length: WRITERS }, async (_, writer) => {
      for (let time = writer; time < times; time += WRITERS) {
        await this.#updateOne(`g-${time % OBJECTS}`, firstUpdate + time);
      }
    });
    await Promise.all(writers);
  }

  /** Resolves when this many more updates were confirmed. */
  until(count: number): Promise<void> {
    return new Promise((resolve) => this.#waiting = { count: this.#count + count, resolve });
  }

  async #updateOne(name: string, value: number): Promise<void> {
    const patch = { metadata: { annotations: { [ANNOTATION]: String(value) } } };
    for (;;) {
      try {
        await this.#client.mergePatch(GADGET_TYPE, { namespace: this.#namespace, name }, patch);
        break;
      } catch (error) {
        assert.ok(isPassing(error), String(error));
        this.failed++;
        await pause(RETRY_MS);
      }
    }
    this.acknowledged[name] = value;
    this.#count++;
    if (this.#count === this.#waiting?.count) this.#waiting.resolve();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Failures that belong to a restart. */
function isPassing(error: unknown): boolean {
  if (error instanceof TransportError) return true;
  // A kube-apiserver that is starting knows neither its kinds nor its rights at first.
  return error instanceof StatusError &&
    ([403, 404, 429].includes(error.code) || error.code >= 500);
}

function updatesOf(objects: readonly KubeObject[]): Record<string, number> {
  return Object.fromEntries(
    objects.map(({ metadata }) => [metadata.name, Number(metadata.annotations?.[ANNOTATION])]),
  );
}

function isSame(some: readonly KubeObject[], others: readonly KubeObject[]): boolean {
  const versions = (objects: readonly KubeObject[]) =>
    objects.map(({ metadata: { name, resourceVersion } }) => `${name} ${resourceVersion}`).sort();
  return versions(some).join() === versions(others).join();
}
