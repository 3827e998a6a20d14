import { deepEqual, equal, rejects } from "node:assert/strict";
import { CONFIG_MAPS, configMap, statusBody } from "../../../../tests/support/kube/kube_samples.ts";
import { FastClock } from "../../../../tests/support/clocks/fast_clock.ts";
import { inFolder } from "../../../../tests/support/harness/in_folder.ts";
import { RecordingLogger } from "../../../../tests/support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../../../tests/support/metrics/recording_registry.ts";
import { withScriptedServer } from "../../../../tests/support/kube/scripted_client.ts";
import { type Script, ScriptedServer } from "../../../../tests/support/kube/scripted_server.ts";
import { createKubeClient } from "../rest_client.ts";

const MAP_A = { namespace: "default", name: "a" };

/**
 * A client that may write as often as `allowances` says yes; it is asked in turn.
 *
 * @param speed Of its clock; a fast one, by which an answer is late, is for those that get none.
 */
async function ask(
  allowances: readonly boolean[],
  script: Script,
  speed = 1,
): Promise<{ requests: readonly string[]; outcome: string; asked: number }> {
  const server = await ScriptedServer.start(script);
  let asked = 0;
  const client = createKubeClient({ server: server.url }, {
    userAgent: "vm-dhcp/0.0.0 (test) test",
    clock: new FastClock(speed),
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
  }, 10);
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
      clock: new FastClock(10),
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

Deno.test("Transport repeats every kind of request for as long as the token is replaced meanwhile", () =>
  inFolder(async (folder) => {
    const path = `${folder}/token`;
    await Deno.writeTextFile(path, "first");
    const tokens: (string | null)[] = [];
    const script: Script = async (exchange) => {
      tokens.push(exchange.headers.get("authorization"));
      // An object, a list and an event at once.
      const object = configMap("a", 1);
      const answer = { ...object, items: [], type: "ADDED", object };
      if (tokens.length % 4 === 0) return await exchange.respond(200, answer);
      await Deno.writeTextFile(path, `token-${tokens.length}`);
      await exchange.respond(401, statusBody(401, "Unauthorized"));
    };
    await withScriptedServer(
      script,
      async ({ client }) => {
        await client.get(CONFIG_MAPS, MAP_A);
        await client.list(CONFIG_MAPS);
        await client.create(CONFIG_MAPS, configMap("a", 1));
        await client.replace(CONFIG_MAPS, configMap("a", 1));
        await client.mergePatch(CONFIG_MAPS, MAP_A, {});
        await client.jsonPatch(CONFIG_MAPS, MAP_A, []);
        await client.delete(CONFIG_MAPS, MAP_A);
        equal((await Array.fromAsync(client.watch(CONFIG_MAPS, {}))).length, 1);
        const seen = ["first", "token-1", "token-2", "token-3", "token-3"];
        deepEqual(tokens.slice(0, 5), seen.map((token) => `Bearer ${token}`));
        equal(tokens.length, 8 * 4);
      },
      { token: { path } },
      1,
    );
  }));

Deno.test("Transport asks a plugin once for a request when each new token is refused", () =>
  inFolder(async (folder) => {
    const apiVersion = "client.authentication.k8s.io/v1";
    const credential = { apiVersion, kind: "ExecCredential", status: { token: "%s" } };
    const command = `printf '${JSON.stringify(credential)}' "$(echo x >> runs; wc -c < runs)"`;
    const args = ["-c", `cd ${folder}; ${command}`];
    const script: Script = (exchange) => exchange.respond(401, statusBody(401, "Unauthorized"));
    await withScriptedServer(
      script,
      async ({ client }) => {
        await rejects(client.get(CONFIG_MAPS, MAP_A), /it is Unauthorized/);
        equal(await Deno.readTextFile(`${folder}/runs`), "x\nx\n");
      },
      { exec: { apiVersion, command: "sh", args, env: {} } },
      1,
    );
  }));
