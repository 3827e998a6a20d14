/** Agents whose credentials somebody else has, and who say what that one likes: the compiled controller goes on. */

import assert from "node:assert/strict";
import { writeKubeconfig } from "../../../cmd/compose/standalone/data_folder.ts";
import type { KubeObject } from "../../../lib/api/meta.ts";
import { apiVersionOf, EVENTS, IPPOOLS, NAMESPACES, SECRETS } from "../../../lib/api/resources.ts";
import { objectAt, stringAt, valueAt } from "../../../lib/base/json.ts";
import {
  agentNameOf,
  reportSecretNameOf,
} from "../../../lib/reconcile/agent_deployment/agent_names.ts";
import { REPORT_PORT } from "../../../lib/reconcile/agent_deployment/wish/agent_pod.ts";
import { readControllerCrds } from "../../support/apiserver/crds.ts";
import { startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";
import { ippoolSample } from "../../support/apiserver/samples.ts";
import {
  conditionMessageOf,
  conditionOf,
  macOf,
  makeVm,
  untilCondition,
} from "../../support/controller/controller_objects.ts";
import { ControllerWorld } from "../../support/controller/controller_world.ts";
import { IMAGE, makeNetworkOnNodes } from "../../support/controller/deployed_agents.ts";
import { StandInAgents } from "../../support/controller/stand_in_agents.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import { withCommand } from "../../support/process/cluster_command.ts";
import { type Lie, LIES, TRUTH } from "./agent_lies.ts";

const NAMESPACE = "lab";
const WAYS: Readonly<Record<string, Lie>> = { honest: TRUTH, ...LIES };

/** How often each agent of the honest pool is asked; those that lie are asked less often. */
const QUESTIONS = 2;

/** Conditions of the pool that rest on the word of agents change once a minute; a watch brings them late. */
const CHANGE_MS_MIN = 50_000;

/** Nobody should read this in a condition, an Event or a terminal. */
// deno-lint-ignore no-control-regex -- these are looked for
const UNFIT = /[\u0000-\u001f\u007f-\u009f\u202e<]/;

/** The agents of one pool, all of which say what one likes. */
class Agents implements AsyncDisposable {
  readonly #listeners: Deno.TlsListener[] = [];
  readonly #serving: Promise<void>[] = [];
  asked = 0;

  constructor(readonly pool: string, readonly lie: Lie) {}

  /** Listens where a Pod is, with what the controller has given its agent. */
  listen(pod: KubeObject, secret: KubeObject): void {
    const data = (key: string) => atob(stringAt(objectAt(secret, "data"), key) ?? "");
    const listener = Deno.listenTls({
      hostname: stringAt(pod.status, "podIP") ?? "",
      port: REPORT_PORT,
      ...{ cert: data("tls.crt"), key: data("tls.key") },
    });
    this.#listeners.push(listener);
    this.#serving.push(this.#serve(listener, pod.metadata.name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const listener of this.#listeners) listener.close();
    await Promise.all(this.#serving);
  }

  async #serve(listener: Deno.TlsListener, instance: string): Promise<void> {
    const answers: Promise<void>[] = [];
    try {
      for await (const conn of listener) answers.push(this.#answer(conn, instance));
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error; // It was closed.
    }
    await Promise.all(answers);
  }

  async #answer(conn: Deno.TlsConn, instance: string): Promise<void> {
    try {
      if (await conn.read(new Uint8Array(4096)) === null) return;
      const asked = { pool: `${NAMESPACE}/${this.pool}`, instance, time: ++this.asked };
      const pieces = this.lie(asked);
      const hungUp = conn.read(new Uint8Array(4096)).then(() => undefined);
      for (;;) {
        const next = await Promise.race([pieces.next(), hungUp]);
        if (next === undefined || next.done === true) return;
        const bytes = new TextEncoder().encode(next.value);
        for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
      }
    } catch {
      // The controller has had enough.
    } finally {
      try {
        conn.close();
      } catch {
        // It is closed.
      }
    }
  }
}

/** What became of the pools: of each, the versions that a watch brought. */
class PoolHistory implements AsyncDisposable {
  readonly versions = new Map<string, { readonly atMs: number; readonly pool: KubeObject }[]>();
  readonly #stop = new AbortController();
  readonly #watching: Promise<void>;

  constructor(world: ControllerWorld, resourceVersion: string) {
    this.#watching = this.#watch(world, resourceVersion);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#watching;
  }

  async #watch({ client, namespace }: ControllerWorld, resourceVersion: string): Promise<void> {
    const { signal } = this.#stop;
    try {
      for await (const event of client.watch(IPPOOLS, { namespace, resourceVersion, signal })) {
        if (!("object" in event)) continue;
        const { name } = event.object.metadata;
        const versions = this.versions.get(name) ?? [];
        this.versions.set(name, [...versions, { atMs: performance.now(), pool: event.object }]);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

/** Makes the pools, each on a network of its own. */
async function makePools(world: ControllerWorld): Promise<void> {
  for (const [i, name] of Object.keys(WAYS).entries()) {
    await makeNetworkOnNodes(world, `net-${i}`);
    const spec = { networkName: `${NAMESPACE}/net-${i}` };
    await world.create(IPPOOLS, ippoolSample({ metadata: { name }, spec }));
  }
}

/** Starts the agents of all pools, once the controller has made what they need. */
async function startAgents(
  world: ControllerWorld,
  standIns: StandInAgents,
  explain: () => string,
): Promise<readonly Agents[]> {
  return await Promise.all(
    Object.entries(WAYS).map(async ([name, lie]) => {
      const pool = { namespace: NAMESPACE, name };
      const pods = await waitUntil(async () => {
        const found = await standIns.podsOf(agentNameOf(pool));
        const hasAddress = ({ status }: KubeObject) => stringAt(status, "podIP") !== "";
        return found.length === 2 && found.every(hasAddress) ? found : undefined;
      }, { what: `the pods of ${name}`, limitMs: 60_000, explain });
      const secret = await world.until(SECRETS, reportSecretNameOf(pool), {
        what: `the Secret of ${name}`,
        holds: () => true,
      });
      const agents = new Agents(name, lie);
      for (const pod of pods) agents.listen(pod, secret);
      return agents;
    }),
  );
}

/** The pool serves all the while, and its conditions change rarely. */
function checkHistory(name: string, { versions }: PoolHistory): void {
  const history = versions.get(name)!;
  for (const type of ["AgentReady", "Ready"]) {
    const states = history.map(({ pool }) => conditionOf(pool, type));
    const ready = states.slice(states.indexOf("True"));
    assert.deepEqual([...new Set(ready)], ["True"], `${name}: ${type}`);
  }
  for (const type of ["NetworkClear", "AgentsCurrent"]) {
    let [shown, shownMs] = ["", -Infinity];
    for (const { atMs, pool } of history) {
      const state = `${conditionOf(pool, type)} ${conditionMessageOf(pool, type)}`;
      if (state === shown) continue;
      assert.doesNotMatch(state, UNFIT, name);
      assert.ok(state.length < 2500, `${name}: ${state}`);
      assert.ok(atMs - shownMs > CHANGE_MS_MIN, `${name}: ${shown}, and then ${state}`);
      [shown, shownMs] = [state, shown === "" ? shownMs : atMs];
    }
  }
}

/** Of each reason, a pool gets three Events at once and then one in ten minutes. */
async function checkEvents(world: ControllerWorld, seconds: number): Promise<number> {
  const { items } = await world.client.list(EVENTS, { namespace: NAMESPACE });
  const counts = new Map<string, number>();
  for (const event of items) {
    const note = stringAt(event, "note") ?? "";
    assert.doesNotMatch(note, UNFIT);
    const key = `${valueAt(event, "regarding.name")} ${stringAt(event, "reason")}`;
    counts.set(key, (counts.get(key) ?? 0) + Number(valueAt(event, "deprecatedCount") ?? 1));
  }
  for (const [key, count] of counts) {
    assert.ok(count <= 3 + Math.ceil(seconds / 600), `${key}: ${count} Events`);
  }
  return counts.size;
}

await integrationTest({
  name: "a controller goes on, and pools stay ready, whatever their agents report",
  needs: ["executable"],
  run: async () => {
    await using cleanUp = new AsyncDisposableStack();
    const api = cleanUp.use(await startEmbeddedApi({ crds: readControllerCrds() }));
    const world = cleanUp.use(new ControllerWorld(api.server.handle, NAMESPACE));
    await world.client.create(NAMESPACES, {
      apiVersion: apiVersionOf(NAMESPACES),
      kind: NAMESPACES.kind,
      metadata: { name: NAMESPACE },
    });
    await makePools(world);
    const { resourceVersion } = await world.client.list(IPPOOLS, { namespace: NAMESPACE });
    const history = cleanUp.use(new PoolHistory(world, resourceVersion));
    // Of this host, and none that another test has.
    const octet = () => 64 + crypto.getRandomValues(new Uint8Array(1))[0]! % 128;
    const standIns = cleanUp.use(
      new StandInAgents(world.client, NAMESPACE, `127.${octet()}`),
    );
    const folder = await Deno.makeTempDir();
    cleanUp.defer(() => Deno.remove(folder, { recursive: true }));
    const kubeconfig = `${folder}/kubeconfig`;
    await writeKubeconfig({ path: kubeconfig, url: api.server.url, credentials: api.credentials });
    const args = ["--kubeconfig", kubeconfig, "--namespace", NAMESPACE, "--image", IMAGE];
    await withCommand(
      { args: ["controller", "--no-leader-election", ...args] },
      async ({ log }) => {
        const startMs = performance.now();
        const agents = await startAgents(world, standIns, () => log.tail());
        try {
          await waitUntil(
            () =>
              agents.every(({ pool, asked }) => asked >= (pool === "honest" ? 2 * QUESTIONS : 2)) ||
              undefined,
            {
              what: "questions to all agents",
              limitMs: 80_000,
              explain: () =>
                `${agents.map(({ pool, asked }) => `${pool} ${asked}`)}\n${log.tail()}`,
            },
          );
          await makeVm(world, "vm-1", [{
            macAddress: macOf(1),
            networkName: `${NAMESPACE}/net-0`,
          }]);
          await untilCondition(world, "vm-1", "Allocated True");
          await world.until(IPPOOLS, "restless", {
            what: "a condition that follows from a lie",
            holds: (pool) => conditionOf(pool, "NetworkClear").startsWith("False"),
          });
          for (const name of Object.keys(WAYS)) checkHistory(name, history);
          const seconds = (performance.now() - startMs) / 1000;
          await waitUntil(async () => await checkEvents(world, seconds) >= 4 || undefined, {
            what: "lies that can be true to be told",
            explain: () => log.tail(),
          });
          const honest = await world.get(IPPOOLS, "honest");
          for (const type of ["NetworkClear", "AgentsCurrent"]) {
            assert.ok(
              ["", "True"].includes(conditionOf(honest, type)),
              conditionMessageOf(honest, type),
            );
          }
          await log.says("cannot read the report of an agent");
        } finally {
          for (const each of agents) await each[Symbol.asyncDispose]();
        }
      },
    );
  },
});
