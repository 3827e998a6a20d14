import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { join } from "node:path";
import { FakeClock } from "../../../tests/support/clocks/fake_clock.ts";
import { CONFIG_MAPS, configMap, statusBody } from "../../../tests/support/kube/kube_samples.ts";
import { RecordingLogger } from "../../../tests/support/metrics/recording_logger.ts";
import { withScriptedServer } from "../../../tests/support/kube/scripted_client.ts";
import type { Script } from "../../../tests/support/kube/scripted_server.ts";
import { waitUntil } from "../../../tests/support/harness/wait_until.ts";
import { CredentialSource } from "./credential_source.ts";
import { StatusError } from "../contract.ts";
import { inFolder } from "../../../tests/support/harness/in_folder.ts";

const MAP_A = { namespace: "default", name: "a" };

async function withTokenFile(test: (path: string) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const path = join(folder, "token");
    await Deno.writeTextFile(path, "first\n");
    await test(path);
  });
}

Deno.test("CredentialSource reads its files again after a minute, and not before", async () => {
  await withTokenFile(async (path) => {
    const clock = new FakeClock();
    const source = new CredentialSource(
      { server: "https://x", token: { path }, certificateAuthority: { text: "CA" } },
      clock,
      new RecordingLogger(),
    );
    deepEqual(await source.current(), {
      tls: { certificateAuthority: "CA", clientCertificate: undefined, clientKey: undefined },
      authorization: "Bearer first",
    });
    await Deno.writeTextFile(path, "second");
    await clock.advance(59_999);
    equal((await source.current()).authorization, "Bearer first");
    await clock.advance(1);
    equal((await source.current()).authorization, "Bearer second");
  });
});

Deno.test("CredentialSource keeps what it has when a file cannot be read any more, and says so", async () => {
  await withTokenFile(async (path) => {
    const clock = new FakeClock();
    const log = new RecordingLogger();
    const source = new CredentialSource({ server: "https://x", token: { path } }, clock, log);
    await source.current();
    await Deno.remove(path);
    await clock.advance(60_000);
    equal((await source.current()).authorization, "Bearer first");
    equal(log.lines.length, 1);
    equal((await source.current()).authorization, "Bearer first");
    equal(log.lines.length, 1, "once a minute, not with every request");
  });
});

Deno.test("CredentialSource reads a token again in time though somebody set the clock back", async () => {
  await withTokenFile(async (path) => {
    const clock = new FakeClock();
    let behindMs = 0;
    const wall = {
      nowMs: () => clock.nowMs() - behindMs,
      monotonicMs: () => clock.monotonicMs(),
      sleep: (ms: number, signal?: AbortSignal) => clock.sleep(ms, signal),
    };
    const access = { server: "https://x", token: { path } };
    const source = new CredentialSource(access, wall, new RecordingLogger());
    await source.current();
    await Deno.writeTextFile(path, "second");
    behindMs = 3_600_000;
    await clock.advance(60_000);
    equal((await source.current()).authorization, "Bearer second");
  });
});

Deno.test("CredentialSource repeats nothing of a token that no header can carry", async () => {
  for (const token of ["sec\nret", "sec\r\nX-Other: ret", "secret\u00e4", "sec\0ret"]) {
    await withTokenFile(async (path) => {
      await Deno.writeTextFile(path, token);
      for (const material of [{ path }, { text: token }]) {
        const access = { server: "https://x", token: material };
        const source = new CredentialSource(access, new FakeClock(), new RecordingLogger());
        await rejects(
          source.current(),
          /^Error: the token of the cluster has characters that no token has, such as a line break$/,
        );
      }
    });
  }
});

Deno.test("CredentialSource keeps what it has when a pipe takes the place of a file", async () => {
  await withTokenFile(async (path) => {
    const clock = new FakeClock();
    const log = new RecordingLogger();
    const source = new CredentialSource({ server: "https://x", token: { path } }, clock, log);
    await source.current();
    await Deno.remove(path);
    await new Deno.Command("mkfifo", { args: [path] }).output();
    await clock.advance(60_000);
    equal((await source.current()).authorization, "Bearer first");
    equal(log.lines.length, 1);
  });
});

Deno.test("CredentialSource takes no empty file for a token", async () => {
  await withTokenFile(async (path) => {
    const clock = new FakeClock();
    const access = { server: "https://x", token: { path } };
    const source = new CredentialSource(access, clock, new RecordingLogger());
    await source.current();
    await Deno.writeTextFile(path, "\n");
    await clock.advance(60_000);
    equal((await source.current()).authorization, "Bearer first");
  });
});

/** A plugin that prints a file, and what makes it give a token. */
function pluginOf(path: string) {
  const apiVersion = "client.authentication.k8s.io/v1";
  const give = (token: string) =>
    Deno.writeTextFile(
      path,
      JSON.stringify({ apiVersion, kind: "ExecCredential", status: { token } }),
    );
  return { exec: { apiVersion, command: "sh", args: ["-c", 'cat "$0"', path], env: {} }, give };
}

Deno.test("RestClient asks the plugin again when its token is refused, though it has not expired", async () => {
  await withTokenFile(async (path) => {
    const { exec, give } = pluginOf(path);
    await give("first");
    const tokens: (string | null)[] = [];
    const script: Script = async (exchange) => {
      const token = exchange.headers.get("authorization");
      tokens.push(token);
      if (token === "Bearer second") return await exchange.respond(200, configMap("a", 1));
      await give("second");
      await exchange.respond(401, statusBody(401, "Unauthorized"));
    };
    await withScriptedServer(
      script,
      async ({ client }) => {
        await client.get(CONFIG_MAPS, MAP_A);
        await client.get(CONFIG_MAPS, MAP_A);
        deepEqual(tokens, ["Bearer first", "Bearer second", "Bearer second"]);
      },
      { exec },
      1,
    );
  });
});

Deno.test("RestClient ends with its caller while a plugin is still thinking", async () => {
  const exec = {
    apiVersion: "client.authentication.k8s.io/v1",
    command: "sleep",
    args: ["0.5"],
    env: {},
  };
  await withScriptedServer(() => {}, async ({ client, server }) => {
    const startMs = performance.now();
    const signal = AbortSignal.timeout(50);
    await rejects(client.get(CONFIG_MAPS, MAP_A, signal), /it was aborted/);
    ok(performance.now() - startMs < 400);
    equal(server.requests.length, 0);
    await new Promise((resolve) => setTimeout(resolve, 700));
  }, { exec });
});

Deno.test("CredentialSource names the file that it could never read", async () => {
  const access = { server: "https://x", token: { path: "/nonexistent/token" } };
  const source = new CredentialSource(access, new FakeClock(), new RecordingLogger());
  await rejects(source.current(), /cannot read the token of the cluster from \/nonexistent\/token/);
});

Deno.test("RestClient reads a refused token again and repeats the request with the new one, once", async () => {
  await withTokenFile(async (path) => {
    const tokens: (string | null)[] = [];
    const script: Script = async (exchange) => {
      const token = exchange.headers.get("authorization");
      tokens.push(token);
      if (token === "Bearer second") return await exchange.respond(200, configMap("a", 1));
      if (tokens.length === 1) await Deno.writeTextFile(path, "second");
      await exchange.respond(401, statusBody(401, "Unauthorized"));
    };
    await withScriptedServer(script, async ({ client }) => {
      await client.mergePatch(CONFIG_MAPS, MAP_A, {});
      deepEqual(tokens, ["Bearer first", "Bearer second"]);
    }, { token: { path } });
  });
});

Deno.test("RestClient does not repeat a request when there is no other token", async () => {
  await withTokenFile(async (path) => {
    const script: Script = (exchange) => exchange.respond(401, statusBody(401, "Unauthorized"));
    await withScriptedServer(script, async ({ client, server }) => {
      await rejects(
        client.get(CONFIG_MAPS, MAP_A),
        (error) => error instanceof StatusError && error.code === 401,
      );
      equal(server.requests.length, 1);
    }, { token: { path } });
  });
});

Deno.test("CredentialSource does not take a reading from before the refusal for the newest one", async () => {
  await withTokenFile(async (path) => {
    const clock = new FakeClock();
    const [slow, isAsked] = [Promise.withResolvers<string>(), Promise.withResolvers<void>()];
    let readAuthority = () => Promise.resolve("CA");
    const source = new CredentialSource(
      { server: "https://x", token: { path }, certificateAuthority: { path: "ca.crt" } },
      clock,
      new RecordingLogger(),
      (file) => file === path ? Deno.readTextFile(path) : readAuthority(),
    );
    const refused = await source.current();
    await clock.advance(60_000);
    readAuthority = () => {
      isAsked.resolve();
      return slow.promise;
    };
    const aged = source.current();
    // The token was read before the authority.
    await isAsked.promise;
    await Deno.writeTextFile(path, "second");
    const hasNewer = source.hasNewerThan(refused, false);
    slow.resolve("CA");
    await aged;
    equal(await hasNewer, true);
    equal((await source.current()).authorization, "Bearer second");
  });
});

Deno.test("CredentialSource waits for a refused file to be complete, but not for long", async () => {
  await withTokenFile(async (path) => {
    const clock = new FakeClock();
    const access = { server: "https://x", token: { path } };
    const source = new CredentialSource(access, clock, new RecordingLogger());
    const refused = await source.current();
    await Deno.writeTextFile(path, "");
    const hasNewer = source.hasNewerThan(refused, false);
    const pauses = () =>
      waitUntil(() => clock.sleeping > 0 || undefined, { what: "a pause", limitMs: 5000 });
    await pauses();
    await clock.advance(50);
    await pauses();
    await Deno.writeTextFile(path, "second");
    await clock.advance(50);
    equal(await hasNewer, true);

    await Deno.remove(path);
    const hasNone = source.hasNewerThan(await source.current(), false);
    for (let times = 1; times < 5; times++) {
      await pauses();
      await clock.advance(50);
    }
    equal(await hasNone, false);
  });
});

Deno.test("CredentialSource has something to try after a refusal when only the authority is new", async () => {
  await withTokenFile(async (path) => {
    const access = { server: "https://x", certificateAuthority: { path } };
    const source = new CredentialSource(access, new FakeClock(), new RecordingLogger());
    const refused = await source.current();
    await Deno.writeTextFile(path, "second");
    equal(await source.hasNewerThan(refused, false), true);
  });
});

Deno.test("CredentialSource asks the plugin for another token, though the files were read since", async () => {
  await withTokenFile(async (path) => {
    const { exec, give } = pluginOf(path);
    await give("first");
    const clock = new FakeClock();
    const source = new CredentialSource(
      { server: "https://x", exec },
      clock,
      new RecordingLogger(),
    );
    const refused = await source.current();
    await clock.advance(60_000);
    await source.current();
    await give("second");
    equal(await source.hasNewerThan(refused, false), true);
  });
});
