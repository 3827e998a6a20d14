/** What an API server can do to its clients: waste their time for a while, and nothing else. */

import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { createKubeClient } from "../../../lib/kube/client/rest_client.ts";
import { OBJECT_LIMITS } from "../../../lib/kube/client/answer_limits.ts";
import { type KubeClient, StatusError } from "../../../lib/kube/contract.ts";
import { createClock } from "../../../lib/sys/host/clock.ts";
import { CONFIG_MAPS, configMap, configMapList } from "../../support/kube/kube_samples.ts";
import { RecordingLogger } from "../../support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../support/metrics/recording_registry.ts";

const MIB = 1024 * 1024;

/** Runs a client with a server that answers everything like this. */
async function withServer(
  answer: (request: Request) => Response,
  use: (client: KubeClient) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {}, signal: stop.signal },
    answer,
  );
  const client = createKubeClient({
    server: `http://127.0.0.1:${server.addr.port}`,
    token: { text: "secret" },
  }, {
    userAgent: "vm-dhcp-tests",
    clock: createClock(),
    log: new RecordingLogger(),
    registry: new RecordingRegistry(),
    random: Math.random,
    listLimits: OBJECT_LIMITS,
  });
  try {
    await use(client);
  } finally {
    client.close();
    stop.abort();
    await server.finished;
  }
}

function packed(text: string | Uint8Array): Response {
  return new Response(new Uint8Array(gzipSync(text)), { headers: { "content-encoding": "gzip" } });
}

/** A body that never ends. */
function endless(piece: string, begin = ""): Response {
  const bytes = new TextEncoder().encode(piece.repeat(Math.ceil(65_536 / piece.length)));
  let isBegun = false;
  return new Response(
    new ReadableStream({
      pull(controller) {
        if (!isBegun) controller.enqueue(new TextEncoder().encode(begin));
        isBegun = true;
        controller.enqueue(bytes);
      },
    }),
  );
}

const TOO_LONG = /failed: the API server sent more than 8 MiB where less was asked for$/;
const TOO_MANY = /failed: the API server sent more than 500000 values where less was asked for$/;
const NO_LIST = /the API server sent something that is no list of configmaps/;

function badList(metadata: Readonly<Record<string, unknown>>): Response {
  return Response.json({ ...configMapList([], 1), metadata });
}

const LISTS: readonly {
  readonly what: string;
  readonly answer: () => Response;
  readonly says: RegExp;
}[] = [
  {
    what: "that a few octets of gzip unpack to",
    answer: () => packed(new Uint8Array(256 * MIB)),
    says: TOO_LONG,
  },
  { what: "without an end", answer: () => endless(" ", '{"items":['), says: TOO_LONG },
  {
    what: "of tiny objects without an end",
    answer: () => packed(`{"items":[${"{},".repeat(2 * MIB)}{}]}`),
    says: TOO_MANY,
  },
  {
    what: "of nested lists without an end",
    answer: () => packed("[".repeat(MIB)),
    says: TOO_MANY,
  },
  {
    what: "whose version is a number",
    answer: () => badList({ resourceVersion: 5 }),
    says: NO_LIST,
  },
  {
    what: "whose version has no end",
    answer: () => badList({ resourceVersion: "9".repeat(100_000) }),
    says: NO_LIST,
  },
  {
    what: "whose next page has a name without an end",
    answer: () => badList({ resourceVersion: "5", continue: "x".repeat(100_000) }),
    says: NO_LIST,
  },
  {
    what: "whose items are none",
    answer: () => Response.json({ ...configMapList([], 1), items: "x" }),
    says: NO_LIST,
  },
  {
    what: "under a head without an end",
    answer: () => {
      const headers = new Headers();
      for (let at = 0; at < 2000; at++) headers.set(`x-${at}`, "y".repeat(1000));
      return Response.json(configMapList([], 1), { headers });
    },
    says: /GET \/api\/v1\/configmaps failed: /,
  },
];

for (const { what, answer, says } of LISTS) {
  Deno.test(`a list ${what} is refused with a sentence`, async () => {
    await withServer(answer, async (client) => {
      await assert.rejects(client.list(CONFIG_MAPS), (error) => {
        assert.match((error as Error).message, says);
        assert.ok((error as Error).message.length < 1000);
        return true;
      });
    });
  });
}

Deno.test("pages of a list have one limit together", async () => {
  const items = [configMap("a", 1, "x".repeat(3 * MIB))];
  await withServer(() => packed(JSON.stringify(configMapList(items, 1, "t"))), async (client) => {
    const first = await client.list(CONFIG_MAPS);
    const second = await client.list(CONFIG_MAPS, { continue: "t", before: first.size });
    await assert.rejects(
      client.list(CONFIG_MAPS, { continue: "t", before: second.size }),
      TOO_LONG,
    );
  });
});

Deno.test("an object without an end is refused with a sentence", async () => {
  await withServer(() => endless("x", '{"metadata":{"name":"a'), async (client) => {
    await assert.rejects(client.get(CONFIG_MAPS, { namespace: "default", name: "a" }), TOO_LONG);
    await assert.rejects(client.create(CONFIG_MAPS, configMap("a", 1)), TOO_LONG);
  });
});

Deno.test("a failure that is explained without an end is a failure with a bounded message", async () => {
  for (const answer of [() => endless("no! "), () => packed(new Uint8Array(256 * MIB))]) {
    const failing = () => new Response(answer().body, { status: 403, headers: answer().headers });
    await withServer(failing, async (client) => {
      await assert.rejects(client.list(CONFIG_MAPS), (error) => {
        assert.ok(error instanceof StatusError);
        assert.equal(error.code, 403);
        assert.ok(error.message.length < 1000, error.message);
        return true;
      });
    });
  }
});

Deno.test("a Status with texts and causes without an end is cut", async () => {
  const cause = { field: "f".repeat(300), message: "m", reason: "r" };
  const status = {
    ...{ kind: "Status", code: 422, reason: "r".repeat(10_000), message: "m".repeat(10_000) },
    details: { causes: Array.from({ length: 100 }, () => cause), retryAfterSeconds: 1e300 },
  };
  await withServer(() => Response.json(status, { status: 422 }), async (client) => {
    await assert.rejects(client.list(CONFIG_MAPS), (error) => {
      assert.ok(error instanceof StatusError);
      const { message, reason, causes } = error;
      assert.deepEqual([message.length, reason.length, causes.length], [2000, 256, 50]);
      assert.equal(causes[0]?.field.length, 256);
      return true;
    });
  });
});

Deno.test("a line of a watch without an end is refused with a sentence", async () => {
  const begin = `{"type":"ADDED","object":{"metadata":{"name":"`;
  await withServer(() => endless("x", begin), async (client) => {
    await assert.rejects(Array.fromAsync(client.watch(CONFIG_MAPS, {})), TOO_LONG);
  });
});

Deno.test("objects that a watch begins with have one limit together", async () => {
  const line = `${
    JSON.stringify({ type: "ADDED", object: configMap("a", 1, "x".repeat(1000)) })
  }\n`;
  await withServer(() => endless(line), async (client) => {
    const watch = client.watch(CONFIG_MAPS, { sendInitialEvents: true });
    let events = 0;
    await assert.rejects(async () => {
      for await (const _ of watch) events++;
    }, TOO_LONG);
    assert.ok(events > 100);
  });
});

Deno.test("a redirect is not followed, and its target never sees the token", async () => {
  let reached = 0;
  const stop = new AbortController();
  const target = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {}, signal: stop.signal },
    () => {
      reached++;
      return Response.json(configMapList([], 1));
    },
  );
  const location = `http://127.0.0.1:${target.addr.port}/`;
  for (const status of [301, 302, 307, 308]) {
    await withServer(
      () => new Response(null, { status, headers: { location } }),
      async (client) => {
        const said = new RegExp(`was answered with HTTP status ${status}`);
        await assert.rejects(client.list(CONFIG_MAPS), said);
        await assert.rejects(client.create(CONFIG_MAPS, configMap("a", 1)), said);
        await assert.rejects(Array.fromAsync(client.watch(CONFIG_MAPS, {})), said);
      },
    );
  }
  assert.equal(reached, 0);
  stop.abort();
  await target.finished;
});
