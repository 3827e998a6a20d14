/** The cache against a server that fails: whatever happens, it ends up equal to the server. */

import { deepEqual, equal } from "node:assert/strict";
import { settle } from "../../../tests/support/clocks/fake_clock.ts";
import { setUpInformer } from "../../../tests/support/kube/informer_setup.ts";
import { withScriptedServer } from "../../../tests/support/kube/scripted_client.ts";
import { mulberry32 } from "../../../tests/support/harness/seeded_random.ts";
import { waitUntil } from "../../../tests/support/harness/wait_until.ts";
import type { KubeObject } from "../../api/meta.ts";
import { configMap, configMapList, statusBody } from "../../../tests/support/kube/kube_samples.ts";
import type { Exchange } from "../../../tests/support/kube/scripted_exchange.ts";

/** What happens to a request instead of, or in the middle of, its answer. */
const FAULTS = [
  "reset",
  "close",
  "silence",
  "expired",
  "expiredEvent",
  "busy",
  "error",
  "garbage",
  "truncated",
  "splitBytes",
] as const;

type Fault = typeof FAULTS[number];

interface Change {
  readonly version: number;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: KubeObject;
}

/** Serves lists and watches of what {@link put} and {@link remove} made. */
class FlakyApi {
  readonly objects = new Map<string, KubeObject>();
  readonly #changes: Change[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #nextFault: () => Fault | undefined;
  #version = 1;
  /** Watches from before this version are refused. */
  #compacted = 0;

  /** @param nextFault What happens to the next request; `undefined` for nothing. */
  constructor(nextFault: () => Fault | undefined) {
    this.#nextFault = nextFault;
  }

  put(name: string): void {
    const type = this.objects.has(name) ? "MODIFIED" : "ADDED";
    const object = configMap(name, ++this.#version, `Zoë ${this.#version}`);
    this.objects.set(name, object);
    this.#record({ version: this.#version, type, object });
  }

  remove(name: string): void {
    if (!this.objects.delete(name)) return;
    const object = configMap(name, ++this.#version);
    this.#record({ version: this.#version, type: "DELETED", object });
  }

  /** Forgets the history, as etcd does every few minutes. */
  compact(): void {
    this.#compacted = this.#version;
  }

  /** The script of a scripted server. */
  async serve(exchange: Exchange): Promise<void> {
    if (exchange.query.has("sendInitialEvents")) {
      return await exchange.respond(422, statusBody(422, "Invalid"));
    }
    const fault = this.#nextFault();
    if (fault === "reset") return exchange.reset();
    if (fault === "close") return exchange.close();
    if (fault === "silence") return await exchange.clientGone();
    if (fault === "error") return await exchange.respond(500, statusBody(500, "InternalError"));
    if (fault === "busy") {
      const headers = { "retry-after": "1" };
      return await exchange.respond(429, statusBody(429, "TooManyRequests"), headers);
    }
    if (exchange.query.get("watch") !== "true") {
      return await exchange.respond(200, configMapList([...this.objects.values()], this.#version));
    }
    const from = Number(exchange.query.get("resourceVersion"));
    if (fault === "expired" || from < this.#compacted) {
      return await exchange.respond(410, statusBody(410, "Expired"));
    }
    await exchange.startStream();
    await this.#watch(exchange, from, fault);
  }

  async #watch(exchange: Exchange, from: number, fault: Fault | undefined): Promise<void> {
    let gone = false;
    const left = exchange.clientGone().then(() => gone = true);
    let seen = from;
    while (!gone) {
      for (const change of this.#changes.filter(({ version }) => version > seen)) {
        seen = change.version;
        if (fault === "splitBytes") await writeInPieces(exchange, change);
        else await exchange.event(change.type, change.object);
      }
      if (fault === "garbage") await exchange.write("<html>\n");
      if (fault === "truncated") return exchange.close();
      if (fault === "expiredEvent") await exchange.event("ERROR", statusBody(410, "Expired"));
      await Promise.race([left, this.#changed()]);
    }
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => this.#listeners.add(resolve));
  }

  #record(change: Change): void {
    this.#changes.push(change);
    for (const resolve of this.#listeners) resolve();
    this.#listeners.clear();
  }
}

async function writeInPieces(exchange: Exchange, { type, object }: Change): Promise<void> {
  const bytes = new TextEncoder().encode(`${JSON.stringify({ type, object })}\n`);
  for (let at = 0; at < bytes.length; at += 7) await exchange.write(bytes.subarray(at, at + 7));
}

/** Real time that a cache has to catch up: with the clocks of these tests, many minutes. */
const CATCH_UP_MS_MAX = 10_000;

/** Waits until the condition holds. */
async function until(condition: () => boolean, what: string): Promise<void> {
  await waitUntil(() => condition() || undefined, { what, limitMs: CATCH_UP_MS_MAX });
}

/** Runs an informer against the API; the test ends when its cache equals the server. */
async function withInformer(
  api: FlakyApi,
  random: () => number,
  test: (changes: string[]) => Promise<void>,
): Promise<void> {
  await withScriptedServer((exchange) => api.serve(exchange), async ({ client, clock, server }) => {
    const { informer, run, stop, changes } = setUpInformer(client, clock, { random });
    const ended = run();
    await test(changes);
    const cached = () => new Map(informer.list().map((object) => [object.metadata.name, object]));
    const state = (objects: ReadonlyMap<string, { readonly metadata: object }>) =>
      JSON.stringify([...objects].map(([name, { metadata }]) => [name, metadata]).sort());
    await until(
      () => informer.synced && state(cached()) === state(api.objects),
      "the cache to equal the server",
    );
    stop.abort();
    await ended;
    await until(() => server.openConnections <= 1, "the end of the watch");
  });
}

for (const fault of FAULTS) {
  Deno.test(`Informer recovers when lists and watches meet: ${fault}`, async () => {
    const faults: (Fault | undefined)[] = [fault, undefined, fault];
    const api = new FlakyApi(() => faults.shift());
    api.put("kept");
    api.put("removed");
    await withInformer(api, mulberry32(1), async (changes) => {
      await until(() => changes.length >= 2, "the first list");
      api.remove("removed");
      api.put("added");
      await until(() => faults.length === 0, "all faults");
      api.put("kept");
    });
  });
}

Deno.test("Informer notices a connection that is open but dead", async () => {
  const faults: (Fault | undefined)[] = [undefined];
  const api = new FlakyApi(() => faults.shift());
  await withScriptedServer((exchange) => api.serve(exchange), async ({ client, clock, log }) => {
    api.put("a");
    const { informer, run, stop } = setUpInformer(client, clock, { random: () => 0.5, log });
    faults.push("silence");
    const ended = run();
    await informer.whenSynced();
    api.put("b");
    // The first watch never says a word: 90 s on the clock of the test.
    await until(
      () => informer.get("default/b") !== undefined,
      "the change behind the dead connection",
    );
    const line = log.lines.find((line) => line.msg === "watch failed");
    equal(
      String(line?.fields["error"]),
      "TransportError: GET /api/v1/configmaps failed: nothing came for 90 s",
    );
    stop.abort();
    await ended;
  });
});

Deno.test("Informer warns of a silent watch when the one after it is silent, too", async () => {
  const faults: (Fault | undefined)[] = [undefined, "silence", "silence"];
  const api = new FlakyApi(() => faults.shift());
  await withScriptedServer((exchange) => api.serve(exchange), async ({ client, clock, log }) => {
    const { informer, run, stop } = setUpInformer(client, clock, { random: () => 0.5, log });
    const ended = run();
    await informer.whenSynced();
    const silences = () => log.lines.filter(({ msg }) => msg === "watch failed");
    await until(() => silences().length >= 2, "two watches that never say a word");
    api.put("b");
    await until(() => informer.get("default/b") !== undefined, "the change");
    deepEqual(silences().map(({ level }) => level), ["info", "warn"]);
    stop.abort();
    await ended;
  });
});

Deno.test("Informer tells of each object that went during an outage exactly once", async () => {
  const faults: (Fault | undefined)[] = [undefined, "expiredEvent"];
  const api = new FlakyApi(() => faults.shift());
  for (let index = 0; index < 20; index++) api.put(`map-${index}`);
  await withInformer(api, mulberry32(2), async (changes) => {
    await until(() => changes.length >= 20, "the first list");
    api.compact();
    for (let index = 0; index < 10; index++) api.remove(`map-${index}`);
    await until(() => changes.length >= 30, "thirty changes");
    await settle();
    const told = changes.slice(20).map((change) => change.split(":")[0]).sort();
    deepEqual(told, Array.from({ length: 10 }, (_, index) => `map-${index}`).sort());
  });
});
