import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import {
  CONFIG_MAPS,
  configMap,
  configMapList,
  statusBody,
} from "../../../tests/support/kube/kube_samples.ts";
import { withScriptedServer } from "../../../tests/support/kube/scripted_client.ts";
import type { Exchange } from "../../../tests/support/kube/scripted_exchange.ts";
import type { Script } from "../../../tests/support/kube/scripted_server.ts";
import { waitUntil } from "../../../tests/support/harness/wait_until.ts";
import { type KubeClient, StatusError } from "../contract.ts";
import { TransportError } from "./transport/transport_error.ts";

const MAP_A = { namespace: "default", name: "a" };
const PATH_A = "/api/v1/namespaces/default/configmaps/a";

/** Answers by turn; the last answer again and again. */
function inTurn(...scripts: readonly Script[]): Script {
  let turn = 0;
  return (exchange) => scripts[Math.min(turn++, scripts.length - 1)]?.(exchange);
}

function respondOk(exchange: Exchange): Promise<void> {
  return exchange.respond(200, configMap("a", 1));
}

/** The failure that a promise rejects with. */
async function failureOf(promise: Promise<unknown>): Promise<Error> {
  const failure = await promise.then(() => undefined, (error: unknown) => error);
  ok(failure instanceof Error, "it rejects with an error");
  return failure;
}

Deno.test("RestClient sends a write once when the server reads it and hangs up without an answer", async () => {
  const writes = {
    create: (client: KubeClient) => client.create(CONFIG_MAPS, configMap("a", 1)),
    replace: (client: KubeClient) => client.replace(CONFIG_MAPS, configMap("a", 1)),
    mergePatch: (client: KubeClient) => client.mergePatch(CONFIG_MAPS, MAP_A, {}),
    delete: (client: KubeClient) => client.delete(CONFIG_MAPS, MAP_A),
  };
  for (const [name, write] of Object.entries(writes)) {
    const script: Script = (exchange) =>
      exchange.method === "GET" ? respondOk(exchange) : exchange.close();
    await withScriptedServer(script, async ({ server, client }) => {
      // The runtime repeats requests on connections that served one before.
      await client.get(CONFIG_MAPS, MAP_A);
      const failure = await failureOf(write(client));
      ok(failure instanceof TransportError && failure.kind === "broken", name);
      equal(server.requests.length, 2, `${name} is sent once`);
    });
  }
});

Deno.test("RestClient asks once more when the connection of a read breaks", async () => {
  for (
    const breakOff of [
      (exchange) => exchange.close(),
      (exchange) => exchange.reset(),
    ] satisfies Script[]
  ) {
    await withScriptedServer(inTurn(breakOff, respondOk), async ({ client }) => {
      equal((await client.get(CONFIG_MAPS, MAP_A)).metadata.name, "a");
    });
  }
});

Deno.test("RestClient tells what was asked and why it failed when a read breaks again and again", async () => {
  await withScriptedServer((exchange) => exchange.close(), async ({ client }) => {
    const failure = await failureOf(client.get(CONFIG_MAPS, MAP_A));
    match(failure.message, new RegExp(`^GET ${PATH_A} failed: .*connection closed`));
    ok(failure.cause instanceof Error);
    ok(!String(failure.cause).includes("s3cret"));
  });
});

Deno.test("RestClient tells that nobody listens, without asking again", async () => {
  await withScriptedServer(respondOk, async ({ server, client, registry }) => {
    await server.close();
    const failure = await failureOf(client.list(CONFIG_MAPS));
    ok(failure instanceof TransportError && failure.kind === "unreachable", String(failure));
    match(failure.message, /^GET \/api\/v1\/configmaps failed: .*refused/);
    const { host } = new URL(server.url);
    const labels = { code: "<error>", method: "GET", host };
    equal(registry.value("rest_client_requests_total", labels), 1);
  });
});

Deno.test("RestClient comes back after 429 and 503 with Retry-After for reads, after 429 for writes", async () => {
  const busy = (code: number): Script => (exchange) =>
    exchange.respond(code, statusBody(code, "TooManyRequests"), { "retry-after": "1" });
  const both = inTurn(busy(429), busy(503), respondOk);
  await withScriptedServer(both, async ({ client, server, registry }) => {
    await client.get(CONFIG_MAPS, MAP_A);
    equal(server.requests.length, 3);
    for (const code of ["429", "503"]) {
      const labels = { code, verb: "GET", host: new URL(server.url).host };
      equal(registry.value("rest_client_request_retries_total", labels), 1);
    }
  });
  await withScriptedServer(inTurn(busy(429), respondOk), async ({ client, server }) => {
    await client.mergePatch(CONFIG_MAPS, MAP_A, {});
    equal(server.requests.length, 2);
  });
  await withScriptedServer(busy(503), async ({ client, server }) => {
    const failure = await failureOf(client.mergePatch(CONFIG_MAPS, MAP_A, {}));
    ok(failure instanceof StatusError && failure.code === 503);
    equal(server.requests.length, 1);
  });
  await withScriptedServer(busy(429), async ({ client, server }) => {
    const failure = await failureOf(client.get(CONFIG_MAPS, MAP_A));
    ok(failure instanceof StatusError && failure.retryAfterSeconds === 1);
    equal(server.requests.length, 11, "ten times more, then it is up to the caller");
  });
});

Deno.test("RestClient reports what the server refused, in its words", async () => {
  const body = {
    ...statusBody(422, "Invalid", 'IPPool "a" is invalid'),
    details: { causes: [{ field: "spec.cidr", message: "bad", reason: "FieldValueInvalid" }] },
  };
  await withScriptedServer((exchange) => exchange.respond(422, body), async ({ client }) => {
    const failure = await failureOf(client.create(CONFIG_MAPS, configMap("a", 1)));
    ok(failure instanceof StatusError);
    equal(failure.code, 422);
    equal(failure.reason, "Invalid");
    equal(failure.message, 'IPPool "a" is invalid');
    deepEqual(failure.causes, [{
      field: "spec.cidr",
      message: "bad",
      reason: "FieldValueInvalid",
    }]);
  });
});

Deno.test("RestClient gives up after 15 s without an answer, and every old connection after three times", async () => {
  let silent = false;
  const script: Script = async (exchange) => {
    if (silent) return await exchange.clientGone();
    // Long enough that each of several requests has a connection of its own.
    await new Promise((resolve) => setTimeout(resolve, 30));
    await respondOk(exchange);
  };
  await withScriptedServer(script, async ({ client, server }) => {
    await Promise.all(Array.from({ length: 6 }, () => client.get(CONFIG_MAPS, MAP_A)));
    ok(server.openConnections > 3, "some are kept that the next three requests do not use");
    silent = true;
    const before = server.requests.length;
    for (let times = 0; times < 3; times++) {
      const failure = await failureOf(client.get(CONFIG_MAPS, MAP_A));
      ok(failure instanceof TransportError && failure.kind === "timeout");
      equal(failure.message, `GET ${PATH_A} failed: no answer within 15 s`);
    }
    equal(server.requests.length - before, 3, "a silent server is not asked again at once");
    await waitUntil(() => server.openConnections === 0 || undefined, { what: "their end" });
    silent = false;
    await client.get(CONFIG_MAPS, MAP_A);
  });
});

Deno.test("RestClient ends a request when its signal aborts, waiting ones too", async () => {
  await withScriptedServer((exchange) => exchange.clientGone(), async ({ client }) => {
    const stop = new AbortController();
    const requests = Array.from(
      { length: 20 },
      () => failureOf(client.get(CONFIG_MAPS, MAP_A, stop.signal)),
    );
    setTimeout(() => stop.abort(new Error("enough")), 10);
    for (const failure of await Promise.all(requests)) {
      ok(failure instanceof TransportError && failure.kind === "aborted", String(failure));
    }
  });
});

Deno.test("RestClient does not follow redirects, as the token would go along", async () => {
  const script: Script = (exchange) =>
    exchange.respond(302, "", { location: "http://127.0.0.1:9/elsewhere" });
  await withScriptedServer(script, async ({ client, server }) => {
    const failure = await failureOf(client.get(CONFIG_MAPS, MAP_A));
    ok(failure instanceof StatusError && failure.code === 302);
    equal(server.requests.length, 1);
  });
});

Deno.test("RestClient rejects answers that are no JSON or no object, without repeating them", async () => {
  for (const body of ["<html>secret</html>", "[]", `{"kind":"ConfigMap"}`]) {
    await withScriptedServer((exchange) => exchange.respond(200, body), async ({ client }) => {
      const failure = await failureOf(client.get(CONFIG_MAPS, MAP_A));
      ok(!failure.message.includes("secret"), failure.message);
    });
  }
  await withScriptedServer(
    (exchange) => exchange.respond(200, configMapList([], 1)),
    ({ client }) => rejects(client.get(CONFIG_MAPS, MAP_A), /metadata\.name/),
  );
});
