/** A controller over a real API server, the way the program puts it together. */

import type { JsonObject } from "../../../lib/base/json.ts";
import type { KubeObject, NamespacedName, ResourceType } from "../../../lib/api/meta.ts";
import { NAMESPACES } from "../../../lib/api/resources.ts";
import type { ClusterAccess } from "../../../lib/kube/access/cluster_access.ts";
import { type EventNote, isStatus, type KubeClient } from "../../../lib/kube/contract.ts";
import {
  type ClosableKubeClient,
  createInProcessClient,
  createKubeClient,
} from "../../../lib/kube/client/rest_client.ts";
import type { RequestHandler } from "../../../lib/kube/client/transport/in_process_transport.ts";
import { createInformers } from "../../../cmd/compose/informers.ts";
import { type ControllerOptions, createController } from "../../../lib/controller/controller.ts";
import { createClock } from "../../../lib/sys/host/clock.ts";
import { RecordingLogger } from "../metrics/recording_logger.ts";
import { RecordingRegistry } from "../metrics/recording_registry.ts";
import { type WaitOptions, waitUntil } from "../harness/wait_until.ts";

/** Waits until a controller records an event, which it does after its write. */
export function untilEvent(
  { events }: RunningController,
  reason: string,
  words = "",
): Promise<EventNote> {
  return waitUntil(
    () => events.find((event) => event.reason === reason && event.note.includes(words)),
    { what: `an event ${reason} with "${words}"` },
  );
}

/** How controllers name themselves to the API server. */
export const CONTROLLERS = "vm-dhcp-tests-controller";

/** A running controller. */
export interface RunningController {
  readonly registry: RecordingRegistry;
  readonly log: RecordingLogger;
  readonly events: readonly EventNote[];
  /** Writes to our kinds so far, such as `replace ippools`. */
  readonly writes: readonly string[];
  stop(): Promise<void>;
}

/** Objects of one namespace and the controllers that reconcile them. */
export class ControllerWorld implements AsyncDisposable {
  readonly client: ClosableKubeClient;
  readonly #ofControllers: ClosableKubeClient;
  readonly #clock = createClock();
  readonly #running = new Set<RunningController>();

  /**
   * @param access A cluster, the API server of this process, or a client of another one.
   * @param namespace Where the objects are made; a new one for each case.
   */
  constructor(
    access: ClusterAccess | RequestHandler | ClosableKubeClient,
    readonly namespace: string,
  ) {
    this.client = this.#connect(access, "vm-dhcp-tests");
    this.#ofControllers = this.#connect(access, CONTROLLERS);
  }

  #connect(
    access: ClusterAccess | RequestHandler | ClosableKubeClient,
    userAgent: string,
  ): ClosableKubeClient {
    const parts = { ...this.#parts(), userAgent };
    if (typeof access === "function") return createInProcessClient(access, parts);
    return "watch" in access ? access : createKubeClient(access, parts);
  }

  /**
   * Starts a controller, which logs here; it is ready when its caches are synced.
   *
   * @param agents How agents are known or deployed; by default all are there and answer.
   */
  async start(
    log = new RecordingLogger(),
    agents: ControllerOptions["agents"] = ANSWERING,
  ): Promise<RunningController> {
    const client = this.#ofControllers;
    const parts = { ...this.#parts(), log };
    const writes: string[] = [];
    const events: EventNote[] = [];
    const stop = new AbortController();
    const informers = createInformers(client, { ...parts, namespace: this.namespace });
    const controller = createController({
      ...parts,
      client: counting(client, writes),
      informers,
      recorder: { record: (event) => void events.push(event) },
      agents,
    });
    const done = Promise.all([
      controller.run(stop.signal),
      informers.run(stop.signal),
    ]);
    await informers.whenSynced();
    const running: RunningController = {
      registry: parts.registry,
      log: parts.log,
      events,
      writes,
      stop: async () => {
        this.#running.delete(running);
        stop.abort();
        await done;
      },
    };
    this.#running.add(running);
    return running;
  }

  /** Creates an object in the world's namespace. */
  create(type: ResourceType, object: KubeObject): Promise<KubeObject> {
    const metadata = { ...object.metadata, namespace: this.namespace };
    return this.client.create(type, { ...object, metadata });
  }

  get(type: ResourceType, name: string): Promise<KubeObject> {
    return this.client.get(type, this.nameOf(name));
  }

  patch(type: ResourceType, name: string, patch: JsonObject): Promise<KubeObject> {
    return this.client.mergePatch(type, this.nameOf(name), patch);
  }

  delete(type: ResourceType, name: string): Promise<void> {
    return this.client.delete(type, this.nameOf(name));
  }

  nameOf(name: string): NamespacedName {
    return { namespace: this.namespace, name };
  }

  /** Waits until the object is there and as it should be. */
  until(
    type: ResourceType,
    name: string,
    { holds, ...wait }: WaitOptions & { readonly holds: (object: KubeObject) => boolean },
  ): Promise<KubeObject> {
    let last: KubeObject | undefined;
    return waitUntil(async () => {
      last = await this.#find(type, name);
      return last !== undefined && holds(last) ? last : undefined;
    }, { ...wait, explain: () => JSON.stringify(last, undefined, 1) ?? "it is not there" });
  }

  /** Waits until the object is gone. */
  async untilGone(type: ResourceType, name: string): Promise<void> {
    await waitUntil(
      async () => await this.#find(type, name) === undefined || undefined,
      { what: `${name} to go` },
    );
  }

  /** Waits until the world's namespace is gone, which the cluster ends with everything in it. */
  async untilNamespaceGone(): Promise<void> {
    const name = { namespace: "", name: this.namespace };
    await waitUntil(
      async () => await this.#find(NAMESPACES, name) === undefined || undefined,
      { what: `the namespace ${this.namespace} to go`, limitMs: 60_000 },
    );
  }

  async #find(
    type: ResourceType,
    name: string | NamespacedName,
  ): Promise<KubeObject | undefined> {
    try {
      return await this.client.get(type, typeof name === "string" ? this.nameOf(name) : name);
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#running].map((running) => running.stop()));
    this.client.close();
    this.#ofControllers.close();
  }

  #parts() {
    return {
      clock: this.#clock,
      random: Math.random,
      log: new RecordingLogger(),
      registry: new RecordingRegistry(),
    };
  }
}

const ANSWERING = { observe: () => ({ ready: true, reason: "Serving", message: "" }) };

function counting(client: KubeClient, writes: string[]): KubeClient {
  return {
    get: (...args) => client.get(...args),
    list: (...args) => client.list(...args),
    watch: (...args) => client.watch(...args),
    delete: (type, ...rest) => {
      writes.push(`delete ${type.plural}`);
      return client.delete(type, ...rest);
    },
    create: (type, ...rest) => {
      writes.push(`create ${type.plural}`);
      return client.create(type, ...rest);
    },
    replace: (type, ...rest) => {
      writes.push(`replace ${type.plural}`);
      return client.replace(type, ...rest);
    },
    jsonPatch: (type, ...rest) => {
      writes.push(`jsonPatch ${type.plural}`);
      return client.jsonPatch(type, ...rest);
    },
    mergePatch: (type, ...rest) => {
      writes.push(`mergePatch ${type.plural}`);
      return client.mergePatch(type, ...rest);
    },
  };
}
