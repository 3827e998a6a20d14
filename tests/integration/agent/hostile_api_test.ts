/** An agent whose API server has turned against it. */

import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import type { KubeObject } from "../../../lib/api/meta.ts";
import { BINDINGS_MAX } from "../../../lib/ipam/address_allocator.ts";
import { ippoolSample } from "../../support/apiserver/samples.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import { type RunningCommand, withCommand } from "../../support/process/cluster_command.ts";

const AGENT = ["agent", "--ippool", "default/net-48", "--nic", "lo"];

/** A pool with as many bindings as an object can hold, as the API server sends it. */
function largestPool(resourceVersion: string): KubeObject {
  const allocated: Record<string, string> = {};
  for (let host = 0; host < BINDINGS_MAX; host++) {
    const octets = [host >> 16, (host >> 8) & 255, host & 255];
    const mac = octets.map((octet) => octet.toString(16).padStart(2, "0")).join(":");
    allocated[`10.${octets[0]! + 1}.${octets[1]}.${octets[2]}`] = `52:54:00:${mac}`;
  }
  return ippoolSample({
    metadata: { name: "net-48", uid: "u", resourceVersion },
    ipv4Config: {
      ...{ serverIP: "10.0.0.1", cidr: "10.0.0.0/8", router: "10.0.0.2" },
      pool: { start: "10.1.0.0", end: "10.1.255.0" },
    },
    status: { ipv4: { allocated } },
  });
}

/** What the server does. */
type Mood = "honest" | "away" | "bombs" | "unreadable" | "garbage" | "others";

/** An API server whose watches end when its mood changes. */
class MoodyServer implements AsyncDisposable {
  /** What it was asked, without parameters that do not choose objects. */
  readonly asked = new Set<string>();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #bomb = new Uint8Array(gzipSync(new Uint8Array(512 * 1024 * 1024)));
  #mood: Mood = "honest";
  #changed = Promise.withResolvers<void>();

  constructor() {
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
      const { pathname, searchParams } = new URL(request.url);
      this.asked.add(`${request.method} ${pathname} ${searchParams.get("fieldSelector")}`);
      return this.#answer(searchParams.has("watch"), searchParams.has("sendInitialEvents"));
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  turn(mood: Mood): void {
    this.#mood = mood;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.turn("honest");
    await this.#server.shutdown();
  }

  #answer(isWatch: boolean, isStream: boolean): Response {
    if (this.#mood === "bombs") {
      return new Response(this.#bomb, { headers: { "content-encoding": "gzip" } });
    }
    if (this.#mood === "away") return new Response("{}", { status: 503 });
    if (!isWatch) return new Response("{}", { status: 500 });
    const events = isStream
      ? [...this.#events(), {
        type: "BOOKMARK",
        object: {
          metadata: { resourceVersion: "9", annotations: { "k8s.io/initial-events-end": "true" } },
        },
      }]
      : this.#events();
    const text = events.map((event) => `${JSON.stringify(event)}\n`).join("")
      .replace('"DEEP"', `${"[".repeat(20_000)}${"]".repeat(20_000)}`);
    const { promise } = this.#changed;
    return new Response(
      new ReadableStream({
        async start(controller) {
          controller.enqueue(new TextEncoder().encode(text));
          await promise;
          const gone = { type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired" } };
          controller.enqueue(new TextEncoder().encode(`${JSON.stringify(gone)}\n`));
          controller.close();
        },
      }),
    );
  }

  #events(): readonly unknown[] {
    const pool = largestPool("5");
    const { metadata } = pool;
    if (this.#mood === "others") {
      const other = (changes: object) => ({
        type: "ADDED",
        object: { ...pool, metadata: { ...metadata, ...changes }, status: {} },
      });
      const gone = { ...other({ namespace: "x" }), type: "DELETED" };
      return [{ type: "ADDED", object: pool }, other({ name: "other" }), gone];
    }
    if (this.#mood === "garbage") {
      const entries = Array.from({ length: 100_000 }, (_, index) => [`entry ${index}`, index]);
      const status = { ipv4: { allocated: Object.fromEntries(entries) } };
      const changes = { metadata: { ...metadata, resourceVersion: "8" }, status };
      return [{ type: "ADDED", object: { ...pool, ...changes } }];
    }
    if (this.#mood === "unreadable") {
      const changes = { metadata: { ...metadata, resourceVersion: "8" }, spec: "DEEP" };
      return [{ type: "ADDED", object: { ...pool, ...changes } }];
    }
    return [{ type: "ADDED", object: pool }];
  }
}

async function peakKbOf(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]);
}

async function urlOf({ log }: RunningCommand): Promise<string> {
  return await waitUntil(() => log.entries("agent started")[0]?.["http"] as string | undefined, {
    what: "the start of the agent",
    explain: () => log.tail(),
  });
}

async function bindingsOf(agent: RunningCommand): Promise<number> {
  const leases = await (await fetch(`${await urlOf(agent)}/leases`)).json();
  return Object.keys(leases).length;
}

async function readyzOf(agent: RunningCommand): Promise<Record<string, unknown>> {
  return await (await fetch(`${await urlOf(agent)}/readyz`)).json();
}

async function withAgent(
  use: (agent: RunningCommand, server: MoodyServer) => Promise<void>,
): Promise<void> {
  await using server = new MoodyServer();
  const args = [...AGENT, "--kubeconfig", "FOLDER/kubeconfig"];
  await withCommand({ args, server: server.url }, async (agent) => {
    await waitUntil(async () => await bindingsOf(agent) === BINDINGS_MAX || undefined, {
      what: "all bindings",
      explain: () => agent.log.tail(),
    });
    await use(agent, server);
  });
}

/** Has the server send what nobody asked for, and waits until the agent says so. */
async function sendOthers({ log }: RunningCommand, server: MoodyServer): Promise<void> {
  server.turn("others");
  await waitUntil(() => log.lines.find((line) => line.includes("not asked for")), {
    what: "a line about other objects",
    limitMs: 60_000,
    explain: () => log.tail(),
  });
}

await integrationTest({
  name:
    "an agent under gzip bombs takes no more than twice the memory of its largest pool, and serves on",
  needs: ["executable", "namespaces"],
  run: () =>
    withAgent(async (agent, server) => {
      const before = await peakKbOf(agent.pid);
      server.turn("bombs");
      // Where it stood when the server turned, it lists again or watches again.
      const refusals = () =>
        ["list failed", "watch failed"].flatMap((msg) => agent.log.entries(msg))
          .filter(({ error }) => /more than 8 MiB/.test(`${error}`));
      await waitUntil(() => refusals().length >= 4 || undefined, {
        what: "four refusals",
        limitMs: 60_000,
        explain: () => agent.log.tail(),
      });
      const after = await peakKbOf(agent.pid);
      assert.ok(after < 2 * before, `${before} kB before, ${after} kB after`);
      assert.equal(await bindingsOf(agent), BINDINGS_MAX);
      assert.deepEqual(await readyzOf(agent), { ok: true });
    }),
});

await integrationTest({
  name: "an agent serves the last valid version of a pool that cannot be read, and says so",
  needs: ["executable", "namespaces"],
  run: () =>
    withAgent(async (agent, server) => {
      server.turn("unreadable");
      const notes = await waitUntil(async () => (await readyzOf(agent))["notes"], {
        what: "a note of /readyz",
        limitMs: 60_000,
        explain: () => agent.log.tail(),
      });
      assert.match(
        String(notes),
        /object: cannot be read: it nests deeper.*last valid version is served/,
      );
      assert.equal(await bindingsOf(agent), BINDINGS_MAX);
    }),
});

await integrationTest({
  name: "an agent says in one bounded line that 100,000 entries of its pool are wrong",
  needs: ["executable", "namespaces"],
  run: () =>
    withAgent(async (agent, server) => {
      server.turn("garbage");
      const line = await waitUntil(() => agent.log.lines.find((it) => it.includes("PoolInvalid")), {
        what: "a line about the pool",
        limitMs: 60_000,
        explain: () => agent.log.tail(),
      });
      assert.match(line, /entry 0.*and 99990 more.*its last valid version is served/);
      assert.ok(line.length < 4000, String(line.length));
      assert.equal(agent.log.lines.filter((it) => it.includes("entry 1")).length, 1);
      assert.equal(await bindingsOf(agent), BINDINGS_MAX);
    }),
});

await integrationTest({
  name: "an agent keeps its own pool and nothing else, whatever it is sent",
  needs: ["executable", "namespaces"],
  run: () =>
    withAgent(async (agent, server) => {
      await sendOthers(agent, server);
      assert.equal(await bindingsOf(agent), BINDINGS_MAX);
      assert.deepEqual(await readyzOf(agent), { ok: true });
    }),
});

await integrationTest({
  name: "an agent asks for its own pool by name, and writes nothing",
  needs: ["executable", "namespaces"],
  run: () =>
    withAgent(async (agent, server) => {
      await sendOthers(agent, server);
      assert.deepEqual([...server.asked], [
        "GET /apis/network.harvesterhci.io/v1alpha1/namespaces/default/ippools " +
        "metadata.name=net-48",
      ]);
    }),
});

await integrationTest({
  name: "an agent goes on with what it saw last while its API server answers nothing but errors",
  needs: ["executable", "namespaces"],
  run: () =>
    withAgent(async (agent, server) => {
      server.turn("away");
      await waitUntil(() => agent.log.entries("list failed").length > 1 || undefined, {
        what: "refusals",
        limitMs: 60_000,
        explain: () => agent.log.tail(),
      });
      assert.equal(await bindingsOf(agent), BINDINGS_MAX);
      assert.deepEqual(await readyzOf(agent), { ok: true });
    }),
});
