import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import type { KubeObject } from "../../api/meta.ts";
import { IPPOOLS, NAMESPACES } from "../../api/resources.ts";
import { CONFIG_MAPS, configMap, configMapList } from "../../../tests/support/kube/kube_samples.ts";
import { withScriptedServer } from "../../../tests/support/kube/scripted_client.ts";
import type { Exchange } from "../../../tests/support/kube/scripted_exchange.ts";
import type { Script } from "../../../tests/support/kube/scripted_server.ts";
import { formatUserAgent } from "./rest_client.ts";

const MAP_A = { namespace: "default", name: "a" };

/** Answers every request with its own body, or with an empty list. */
async function echo(exchange: Exchange): Promise<void> {
  const { body } = exchange;
  await exchange.respond(200, body === "" ? configMapList([], 1) : body);
}

Deno.test("RestClient asks for the paths that the API serves", async () => {
  await withScriptedServer(echo, async ({ server, client }) => {
    const object = configMap("a", 7);
    await client.list(CONFIG_MAPS, { namespace: "default", labelSelector: "a=b,c", limit: 5 });
    await client.list(NAMESPACES);
    await client.create(CONFIG_MAPS, object, { dryRun: true });
    await client.replace(CONFIG_MAPS, object, { subresource: "status" });
    await client.mergePatch(IPPOOLS, MAP_A, object, { subresource: "status" });
    await client.delete(CONFIG_MAPS, MAP_A);
    deepEqual(server.requests, [
      "GET /api/v1/namespaces/default/configmaps?labelSelector=a%3Db%2Cc&limit=5",
      "GET /api/v1/namespaces",
      "POST /api/v1/namespaces/default/configmaps?dryRun=All",
      "PUT /api/v1/namespaces/default/configmaps/a/status",
      "PATCH /apis/network.harvesterhci.io/v1alpha1/namespaces/default/ippools/a/status",
      "DELETE /api/v1/namespaces/default/configmaps/a",
    ]);
    equal(server.connections, 1, "one connection serves one request after the other");
  });
});

Deno.test("RestClient sends its user agent, and bodies with their content type", async () => {
  const seen: Exchange[] = [];
  const script: Script = async (exchange) => {
    seen.push(exchange);
    await exchange.respond(200, configMap("a", 8));
  };
  await withScriptedServer(script, async ({ client }) => {
    const answer = await client.mergePatch(CONFIG_MAPS, MAP_A, { data: { value: "x" } });
    equal(answer.metadata.resourceVersion, "8");
    const [request] = seen;
    ok(request !== undefined);
    equal(request.body, `{"data":{"value":"x"}}`);
    equal(request.headers.get("content-type"), "application/merge-patch+json");
    equal(request.headers.get("authorization"), "Bearer s3cret");
    equal(request.headers.get("user-agent"), "vm-dhcp/0.0.0 (test) test");
  });
});

Deno.test("RestClient sends what an object must still be to be deleted, and what is to go before it", async () => {
  const bodies: string[] = [];
  const script: Script = async (exchange) => {
    bodies.push(exchange.body);
    await exchange.respond(200, configMap("a", 8));
  };
  await withScriptedServer(script, async ({ client }) => {
    await client.delete(CONFIG_MAPS, MAP_A);
    await client.delete(CONFIG_MAPS, MAP_A, { preconditions: { uid: "1", resourceVersion: "2" } });
    await client.delete(CONFIG_MAPS, MAP_A, { propagationPolicy: "Foreground" });
  });
  const options = { apiVersion: "v1", kind: "DeleteOptions" };
  deepEqual(bodies.map((body) => JSON.parse(body)), [
    options,
    { ...options, preconditions: { uid: "1", resourceVersion: "2" } },
    { ...options, propagationPolicy: "Foreground" },
  ]);
});

Deno.test("RestClient sends the steps of a JSON patch under their content type", async () => {
  const seen: Exchange[] = [];
  const script: Script = async (exchange) => {
    seen.push(exchange);
    await exchange.respond(200, configMap("a", 8));
  };
  await withScriptedServer(script, async ({ client }) => {
    const steps = [{ op: "replace", path: "/data/value", value: "x" }] as const;
    await client.jsonPatch(CONFIG_MAPS, MAP_A, steps, { subresource: "status", dryRun: true });
    equal(seen[0]?.target, "/api/v1/namespaces/default/configmaps/a/status?dryRun=All");
    equal(seen[0]?.headers.get("content-type"), "application/json-patch+json");
    equal(seen[0]?.body, JSON.stringify(steps));
  });
});

Deno.test("formatUserAgent() names program, version, platform and command", () => {
  match(formatUserAgent("1.2.3", "agent"), /^vm-dhcp\/1\.2\.3 \([a-z]+\/[a-z0-9_]+\) agent$/);
});

Deno.test("RestClient fills in the kind that items of built-in lists lack", async () => {
  const { apiVersion: _, kind: __, ...bare } = configMap("a", 1);
  const script: Script = (exchange) => exchange.respond(200, configMapList([bare as never], 3));
  await withScriptedServer(script, async ({ client }) => {
    const list = await client.list(CONFIG_MAPS);
    equal(list.resourceVersion, "3");
    deepEqual(list.items, [configMap("a", 1)]);
  });
});

Deno.test("RestClient has at most 16 requests under way and keeps the order of the others", async () => {
  let running = 0;
  let runningMax = 0;
  const script: Script = async (exchange) => {
    runningMax = Math.max(runningMax, ++running);
    await new Promise((resolve) => setTimeout(resolve, 5));
    running--;
    await exchange.respond(200, configMap("a", 1));
  };
  await withScriptedServer(
    script,
    async ({ server, client }) => {
      await Promise.all(Array.from({ length: 60 }, () => client.get(CONFIG_MAPS, MAP_A)));
      equal(runningMax, 16);
      ok(server.connections <= 60);
      equal(server.requests.length, 60);
      // The last ones wait for all others: on a busy machine for longer than a fast clock lets them.
    },
    undefined,
    1,
  );
});

Deno.test("RestClient counts requests by status, method and host", async () => {
  const script: Script = (exchange) => exchange.respond(200, configMap("a", 1));
  await withScriptedServer(script, async ({ server, client, registry }) => {
    await client.get(CONFIG_MAPS, MAP_A);
    const host = new URL(server.url).host;
    equal(registry.value("rest_client_requests_total", { code: "200", method: "GET", host }), 1);
    await server.close();
    await rejects(client.get(CONFIG_MAPS, MAP_A));
    ok(registry.value("rest_client_requests_total", { code: "<error>", method: "GET", host }) > 0);
  });
});

Deno.test("RestClient takes compressed answers, but no compressed watch", async () => {
  const seen: (string | null)[] = [];
  const script: Script = async (exchange) => {
    seen.push(exchange.headers.get("accept-encoding"));
    const isWatch = exchange.target.includes("watch=");
    await exchange.respond(200, isWatch ? "" : configMapList([], 1));
  };
  await withScriptedServer(script, async ({ client }) => {
    await client.list(CONFIG_MAPS);
    const options = { idleMsMax: 1000, signal: AbortSignal.timeout(1000) };
    for await (const _event of client.watch(CONFIG_MAPS, options));
  });
  deepEqual(seen, ["gzip", "identity"]);
});

Deno.test("RestClient asks for metadata only where that is wanted, and gives no more", async () => {
  const accepted: (string | null)[] = [];
  const script: Script = async (exchange) => {
    accepted.push(exchange.headers.get("accept"));
    const { metadata } = configMap("a", 8);
    const partial = { apiVersion: "meta.k8s.io/v1", kind: "PartialObjectMetadata", metadata };
    // An API server that does not know this form answers the whole object.
    await exchange.respond(200, accepted.length === 1 ? partial : configMap("a", 8));
  };
  await withScriptedServer(script, async ({ client }) => {
    const { metadata, apiVersion, kind } = configMap("a", 8);
    let chars = 0;
    const options = { answer: "metadata", onLength: (length: number) => (chars = length) } as const;
    for (const _ of ["a server that knows it", "one that does not"]) {
      const answer = await client.replace(CONFIG_MAPS, configMap("a", 7), options);
      deepEqual(answer, { apiVersion, kind, metadata });
      equal(chars, JSON.stringify(configMap("a", 7)).length);
    }
    await client.replace(CONFIG_MAPS, configMap("a", 7));
    const form = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";
    deepEqual(accepted, [form, form, "application/json"]);
  });
});

Deno.test("RestClient leaves managedFields out of lists and watches", async () => {
  const object = configMap("a", 1);
  const managed = {
    ...object,
    metadata: { ...object.metadata, managedFields: [{ manager: "kubectl" }] },
  };
  const script: Script = async (exchange) => {
    if (exchange.query.get("watch") === null) {
      await exchange.respond(200, configMapList([managed], 7));
      return;
    }
    await exchange.startStream();
    await exchange.event("ADDED", managed);
    await exchange.endStream();
  };
  await withScriptedServer(script, async ({ client }) => {
    const { items } = await client.list(CONFIG_MAPS);
    const events = await Array.fromAsync(client.watch(CONFIG_MAPS, {}));
    const metadata = [...items, ...events.flatMap((event) => "object" in event ? event.object : [])]
      .map((held) => held.metadata);
    deepEqual(metadata, [object.metadata, object.metadata]);
  });
});

Deno.test("RestClient gives extracts of a list's objects, and of those of a watch", async () => {
  const script: Script = async (exchange) => {
    if (exchange.query.get("watch") === null) {
      return await exchange.respond(200, configMapList([configMap("a", 3), configMap("b", 4)], 7));
    }
    await exchange.startStream();
    await exchange.event("ADDED", configMap("a", 3));
    await exchange.event("MODIFIED", configMap("b", 8));
    await exchange.endStream();
  };
  await withScriptedServer(script, async ({ client }) => {
    const extract = ({ apiVersion, kind, metadata }: KubeObject) => {
      if (metadata.name === "b") throw new Error("not made for this one");
      return { apiVersion, kind, metadata };
    };
    const { data: _, ...ofA } = configMap("a", 3);
    const { items } = await client.list(CONFIG_MAPS, { extract });
    deepEqual(items, [ofA, configMap("b", 4)], "what cannot be made an extract of stays whole");
    const events = await Array.fromAsync(client.watch(CONFIG_MAPS, { extract }));
    deepEqual(events, [
      { type: "ADDED", object: ofA },
      { type: "MODIFIED", object: configMap("b", 8) },
    ]);
  });
});
