import { deepEqual, equal, match, ok } from "node:assert/strict";
import { collectGarbage } from "../../../tests/support/harness/collect_garbage.ts";
import { CONFIG_MAPS, configMap, statusBody } from "../../../tests/support/kube/kube_samples.ts";
import { withScriptedServer } from "../../../tests/support/kube/scripted_client.ts";
import type { Exchange } from "../../../tests/support/kube/scripted_exchange.ts";
import type { Script } from "../../../tests/support/kube/scripted_server.ts";
import { type KubeClient, StatusError, type WatchEvent, type WatchOptions } from "../contract.ts";
import { TransportError } from "./transport/transport_error.ts";

/** Reads a watch to its end. */
async function readAll(
  client: KubeClient,
  options: WatchOptions = {},
): Promise<{ readonly events: WatchEvent[]; readonly failure: unknown }> {
  const events: WatchEvent[] = [];
  try {
    for await (const event of client.watch(CONFIG_MAPS, options)) events.push(event);
  } catch (failure) {
    return { events, failure };
  }
  return { events, failure: undefined };
}

function line(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`;
}

/** Streams what the test writes. */
function streaming(write: (exchange: Exchange) => Promise<void> | void): Script {
  return async (exchange) => {
    await exchange.startStream();
    await write(exchange);
  };
}

Deno.test("watch() gives the events of every type and ends when the server ends it", async () => {
  const script = streaming(async (exchange) => {
    await exchange.event("ADDED", configMap("a", 1));
    await exchange.event("MODIFIED", configMap("a", 2));
    await exchange.event("DELETED", configMap("a", 3));
    await exchange.event("BOOKMARK", { metadata: { resourceVersion: "9" } });
    await exchange.event("ERROR", statusBody(410, "Expired", "too old"));
    await exchange.endStream();
  });
  await withScriptedServer(script, async ({ client, server }) => {
    const { events, failure } = await readAll(client, {
      namespace: "default",
      fieldSelector: "metadata.name=a",
      resourceVersion: "5",
      allowWatchBookmarks: true,
      timeoutSeconds: 300,
    });
    equal(failure, undefined);
    deepEqual(events.slice(0, 4), [
      { type: "ADDED", object: configMap("a", 1) },
      { type: "MODIFIED", object: configMap("a", 2) },
      { type: "DELETED", object: configMap("a", 3) },
      { type: "BOOKMARK", resourceVersion: "9" },
    ]);
    const last = events[4];
    ok(last?.type === "ERROR" && last.error.code === 410 && last.error.message === "too old");
    deepEqual(server.requests, [
      "GET /api/v1/namespaces/default/configmaps?watch=true&fieldSelector=metadata.name%3Da" +
      "&resourceVersion=5&allowWatchBookmarks=true&timeoutSeconds=300",
    ]);
  });
});

Deno.test("watch() puts events together however their bytes are cut", async () => {
  const object = configMap("a", 1, "Zoë 🐧 ".repeat(20));
  const bytes = new TextEncoder().encode(line("ADDED", object) + line("DELETED", object).trim());
  const script = streaming(async (exchange) => {
    for (let at = 0; at < bytes.length; at += 3) await exchange.write(bytes.subarray(at, at + 3));
    await exchange.endStream();
  });
  await withScriptedServer(script, async ({ client }) => {
    const { events, failure } = await readAll(client);
    equal(failure, undefined);
    deepEqual(events, [{ type: "ADDED", object }, { type: "DELETED", object }]);
  });
});

Deno.test("watch() takes a line of 5 MB", async () => {
  const object = configMap("a", 1, "x".repeat(5_000_000));
  const script = streaming(async (exchange) => {
    await exchange.event("ADDED", object);
    await exchange.endStream();
  });
  await withScriptedServer(script, async ({ client }) => {
    const { events } = await readAll(client);
    deepEqual(events.map((event) => event.type === "ADDED" && event.object["data"]), [
      object["data"],
    ]);
  });
});

const BROKEN_STREAMS: Readonly<Record<string, (exchange: Exchange) => Promise<void> | void>> = {
  "a reset": (exchange) => exchange.reset(),
  "an end without the last chunk": (exchange) => exchange.close(),
  "a line that is no JSON": (exchange) => exchange.write("secret garbage\n"),
  "a line that is no event": (exchange) => exchange.write(`{"type":"SURPRISE"}\n`),
  "bytes that are no UTF-8": (exchange) => exchange.write(new Uint8Array([0x22, 0xff, 0xfe])),
  "half a line": async (exchange) => {
    await exchange.write(line("ADDED", configMap("b", 2)).slice(0, 40));
    await exchange.endStream();
  },
};

const NAMELESS_LINES: Readonly<Record<string, string>> = {
  "without an object": `{"type":"ADDED"}\n`,
  "without metadata": `{"type":"MODIFIED","object":{}}\n`,
  "whose name is a number": `{"type":"ADDED","object":{"metadata":{"name":7}}}\n`,
  "whose name has no end": `{"type":"ADDED","object":{"metadata":{"name":"${"x".repeat(300)}"}}}\n`,
  "whose version is a list": `{"type":"DELETED","object":{"metadata":{"name":"a",` +
    `"resourceVersion":[]}}}\n`,
  "that is a bookmark without a version": `{"type":"BOOKMARK","object":{"metadata":{}}}\n`,
  "that is a bookmark with a number": `{"type":"BOOKMARK","object":{"metadata":` +
    `{"resourceVersion":9}}}\n`,
};

for (const [what, text] of Object.entries(NAMELESS_LINES)) {
  Deno.test(`watch() goes on after an event ${what}`, async () => {
    const script = streaming(async (exchange) => {
      await exchange.write(text);
      await exchange.event("ADDED", configMap("b", 2));
      await exchange.endStream();
    });
    await withScriptedServer(script, async ({ client }) => {
      const { events } = await readAll(client);
      deepEqual(events.map(({ type }) => type), ["NAMELESS", "ADDED"]);
    });
  });
}

for (const [name, write] of Object.entries(BROKEN_STREAMS)) {
  Deno.test(`watch() rejects after ${name}, having given what came before`, async () => {
    const script = streaming(async (exchange) => {
      await exchange.event("ADDED", configMap("a", 1));
      await write(exchange);
      if (!exchange.ended) await exchange.clientGone();
    });
    await withScriptedServer(script, async ({ client }) => {
      const { events, failure } = await readAll(client);
      equal(events.length, 1);
      ok(failure instanceof TransportError && failure.kind === "broken", String(failure));
      match(failure.message, /^GET \/api\/v1\/configmaps failed: /);
      ok(!failure.message.includes("secret"));
    });
  });
}

Deno.test("watch() rejects when nothing comes for the idle time, and closes its connection", async () => {
  let gone: Promise<void> | undefined;
  const script = streaming(async (exchange) => {
    await exchange.event("ADDED", configMap("a", 1));
    gone = exchange.clientGone();
    await gone;
  });
  await withScriptedServer(script, async ({ client }) => {
    const { events, failure } = await readAll(client, { idleMsMax: 10_000 });
    equal(events.length, 1);
    ok(failure instanceof TransportError && failure.kind === "timeout");
    equal(failure.message, "GET /api/v1/configmaps failed: nothing came for 10 s");
    await gone;
  });
});

Deno.test("watch() goes on as long as bytes come within the idle time", async () => {
  const script = streaming(async (exchange) => {
    for (let version = 1; version <= 25; version++) {
      await exchange.event("BOOKMARK", { metadata: { resourceVersion: String(version) } });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await exchange.endStream();
  });
  await withScriptedServer(script, async ({ client }) => {
    // Half a second of stream is 25 s on the clock of the test.
    const { events, failure } = await readAll(client, { idleMsMax: 10_000 });
    equal(failure, undefined);
    equal(events.length, 25);
  });
});

Deno.test("watch() ends without an error and closes its connection when the signal aborts", async () => {
  let gone: Promise<void> | undefined;
  const stop = new AbortController();
  const script = streaming(async (exchange) => {
    await exchange.event("ADDED", configMap("a", 1));
    gone = exchange.clientGone();
    stop.abort();
    await gone;
  });
  await withScriptedServer(script, async ({ client }) => {
    equal((await readAll(client, { signal: stop.signal })).failure, undefined);
    await gone;
  });
});

Deno.test("watch() ends at an abort also when the runtime has let go of the signal", async () => {
  let gone: Promise<void> | undefined;
  const stop = new AbortController();
  const script = streaming(async (exchange) => {
    await exchange.event("ADDED", configMap("a", 1));
    gone = exchange.clientGone();
    await collectGarbage();
    stop.abort();
    await gone;
  });
  await withScriptedServer(script, async ({ client }) => {
    const { events, failure } = await readAll(client, { signal: stop.signal });
    equal(events.length, 1);
    equal(failure, undefined);
    await gone;
  });
});

Deno.test("watch() closes its connection when its reader stops reading", async () => {
  let gone: Promise<void> | undefined;
  const script = streaming(async (exchange) => {
    await exchange.event("ADDED", configMap("a", 1));
    gone = exchange.clientGone();
    await gone;
  });
  await withScriptedServer(script, async ({ client }) => {
    for await (const _event of client.watch(CONFIG_MAPS, {})) break;
    await gone;
    ok(gone !== undefined);
  });
});

Deno.test("watch() rejects with what the server refused it for", async () => {
  const script: Script = (exchange) =>
    exchange.respond(410, statusBody(410, "Expired", "too old resource version"));
  await withScriptedServer(script, async ({ client }) => {
    const { failure } = await readAll(client, { resourceVersion: "1" });
    ok(failure instanceof StatusError);
    equal(failure.code, 410);
    equal(failure.message, "too old resource version");
  });
});
