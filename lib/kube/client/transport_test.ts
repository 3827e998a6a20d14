import { deepEqual, equal, rejects } from "node:assert/strict";
import { CONFIG_MAPS, configMap } from "../../../tests/support/kube/kube_samples.ts";
import { FastClock } from "../../../tests/support/clocks/fast_clock.ts";
import { RecordingLogger } from "../../../tests/support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../../tests/support/metrics/recording_registry.ts";
import { type Script, ScriptedServer } from "../../../tests/support/kube/scripted_server.ts";
import { createKubeClient } from "./rest_client.ts";

const MAP_A = { namespace: "default", name: "a" };

/** A client that may write as often as `allowances` says yes; it is asked in turn. */
async function ask(
  allowances: readonly boolean[],
  script: Script,
): Promise<{ requests: readonly string[]; outcome: string; asked: number }> {
  const server = await ScriptedServer.start(script);
  let asked = 0;
  const client = createKubeClient({ server: server.url }, {
    userAgent: "vm-dhcp/0.0.0 (test) test",
    clock: new FastClock(200),
    random: () => 0,
    log: new RecordingLogger(),
    registry: new RecordingRegistry(),
    mayWrite: () => allowances[asked++] ?? true,
  });
  try {
    await client.get(CONFIG_MAPS, MAP_A);
    const outcome = await client.mergePatch(CONFIG_MAPS, MAP_A, {}).then(() => "written", String);
    return { requests: server.requests, outcome, asked };
  } finally {
    client.close();
    await server.close();
  }
}

function answer(exchange: Parameters<Script>[0]): ReturnType<Script> {
  return exchange.respond(200, configMap("a", 1));
}

const READ = "GET /api/v1/namespaces/default/configmaps/a";
const WRITE = "PATCH /api/v1/namespaces/default/configmaps/a";

Deno.test("Transport sends no write when it must not write any more, but reads", async () => {
  const { requests, outcome, asked } = await ask([false], answer);
  deepEqual(requests, [READ]);
  equal(outcome, `TransportError: ${WRITE} failed: this process does not lead`);
  equal(asked, 1);
});

Deno.test("Transport asks again when the octets of a write are taken, and holds them back", async () => {
  let written = "";
  const { outcome, asked } = await ask([true, false], async (exchange) => {
    // A head may have gone out; without its body nobody carries the request out.
    if (exchange.method === "PATCH" && exchange.body === "") return;
    if (exchange.method === "PATCH") written = exchange.body;
    await answer(exchange);
  });
  equal(outcome === "written", false);
  deepEqual([written, asked], ["", 2]);
});

Deno.test("Transport sends a write when it may both times", async () => {
  deepEqual(await ask([true, true], answer), {
    requests: [READ, WRITE],
    outcome: "written",
    asked: 2,
  });
});

Deno.test("Transport sends the user agent and no more than one kind of credentials", async () => {
  const seen: (string | null)[] = [];
  const server = await ScriptedServer.start(async (exchange) => {
    seen.push(exchange.headers.get("user-agent"), exchange.headers.get("authorization"));
    await answer(exchange);
  });
  const client = createKubeClient(
    { server: server.url, basicAuth: { username: "Aladdin", password: "open sesame" } },
    {
      userAgent: "vm-dhcp/0.0.0 (test) test",
      clock: new FastClock(200),
      random: () => 0,
      log: new RecordingLogger(),
      registry: new RecordingRegistry(),
    },
  );
  try {
    await client.get(CONFIG_MAPS, MAP_A);
    // The example of RFC 7617 section 2.
    deepEqual(seen, ["vm-dhcp/0.0.0 (test) test", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="]);
  } finally {
    client.close();
    await server.close();
  }
  await rejects(client.get(CONFIG_MAPS, MAP_A));
});
