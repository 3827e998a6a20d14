import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clocks/fake_clock.ts";
import type { ExecPlugin } from "./cluster_access.ts";
import { ExecCredentialCache } from "./exec_credential.ts";

const API_VERSION = "client.authentication.k8s.io/v1";

function plugin(script: string, more: Partial<ExecPlugin> = {}): ExecPlugin {
  const shell = { command: "sh", args: ["-c", script], env: {} };
  return { apiVersion: API_VERSION, ...shell, ...more };
}

/** A script that prints an ExecCredential. */
function prints(status: unknown, apiVersion = API_VERSION): string {
  return `echo '${JSON.stringify({ apiVersion, kind: "ExecCredential", status })}'`;
}

function cache(of: ExecPlugin, clock = new FakeClock()): ExecCredentialCache {
  return new ExecCredentialCache(of, clock);
}

Deno.test("ExecCredentialCache takes token, certificate and key from what the plugin prints", async () => {
  const status = {
    token: "t",
    clientCertificateData: "C",
    clientKeyData: "K",
    expirationTimestamp: "2030-01-02T03:04:05Z",
  };
  deepEqual(await cache(plugin(prints(status))).get(), {
    token: "t",
    clientCertificate: "C",
    clientKey: "K",
    expiresMs: Date.parse("2030-01-02T03:04:05Z"),
  });
});

Deno.test("ExecCredentialCache gives the plugin its arguments, its variables and the cluster", async () => {
  const script = `printf '%s|%s|%s' "$0" "$WORD" "$KUBERNETES_EXEC_INFO" >&2; exit 3`;
  const clusterInfo = { server: "https://x" };
  const asked = plugin(script, { args: ["-c", script, "arg"], env: { WORD: "w" }, clusterInfo });
  const info = { apiVersion: API_VERSION, kind: "ExecCredential" };
  const spec = { cluster: clusterInfo, interactive: false };
  await rejects(cache(asked).get(), (error) => {
    const said = `arg|w|${JSON.stringify({ ...info, spec })}`;
    equal((error as Error).message, `the credential plugin sh ended with 3: ${said}`);
    return true;
  });
});

Deno.test("ExecCredentialCache runs the plugin again when the credential has expired, or was refused", async () => {
  const clock = new FakeClock();
  const folder = await Deno.makeTempDir();
  const expirationTimestamp = new Date(clock.nowMs() + 60_000).toISOString();
  const held = cache(
    plugin(`echo x >> ${folder}/runs; ${prints({ token: "t", expirationTimestamp })}`),
    clock,
  );
  const runs = async () => (await Deno.readTextFile(`${folder}/runs`)).length / 2;
  await held.get();
  await clock.advance(59_999);
  await held.get();
  deepEqual([held.hasExpired, await runs()], [false, 1]);
  await clock.advance(1);
  equal(held.hasExpired, true);
  await held.get();
  equal(await runs(), 2);
  held.forget();
  await held.get();
  equal(await runs(), 3);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("ExecCredentialCache gives up a plugin after a minute, though what it started keeps its output open", async () => {
  const clock = new FakeClock();
  const held = cache(plugin(`trap "" TERM; sleep 0.4; sleep 0.1`), clock);
  const late = rejects(held.get(), /the credential plugin sh gave no credential within 60 s$/);
  await clock.advance(60_000);
  const startMs = performance.now();
  await late;
  ok(performance.now() - startMs < 300, "nobody waits for the sleeper");
  equal(clock.sleeping, 0);
  // The output ends with the last of those who hold it.
  await new Promise((resolve) => setTimeout(resolve, 600));
});

const FAULTS: readonly (readonly [ExecPlugin, RegExp])[] = [
  [plugin("exit 4"), /sh ended with 4$/],
  [plugin("echo no account >&2; exit 1"), /sh ended with 1: no account$/],
  [plugin("kill -9 $$"), /sh was ended by SIGKILL/],
  [plugin("echo s3cret"), /sh printed no ExecCredential in JSON$/],
  [plugin('echo \'{"kind":"Pod","s":"s3cret"}\''), /printed no ExecCredential in JSON$/],
  [
    plugin(prints({ token: "s3cret" }, "v9")),
    /does not speak client\.authentication\.k8s\.io\/v1,/,
  ],
  [plugin(prints({})), /gave neither a token nor a client certificate$/],
  [plugin(prints({ clientKeyData: "s3cret" })), /gave one of a client certificate and its key/],
  [
    plugin(prints({ token: "s3cret", expirationTimestamp: "soon" })),
    /gave an expirationTimestamp that is no time/,
  ],
  [
    plugin("", { command: "/nonexistent/aws", installHint: "run apt install aws" }),
    /plugin \/nonexistent\/aws is not installed; run apt install aws$/,
  ],
  [plugin("", { command: "/etc/passwd" }), /plugin \/etc\/passwd cannot be run$/],
];

for (const [of, message] of FAULTS) {
  Deno.test(`ExecCredentialCache says: ${message.source}`, async () => {
    await rejects(cache(of).get(), (error) => {
      match((error as Error).message, message);
      equal((error as Error).message.includes("s3cret"), false, "secrets are no part of messages");
      return true;
    });
  });
}

Deno.test("ExecCredentialCache ends a plugin that prints without end", async () => {
  const endless = plugin(
    "while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done",
  );
  await rejects(cache(endless).get(), /the credential plugin sh printed more than 1024 KiB$/);
});

Deno.test("ExecCredentialCache repeats the end of what a plugin complains, however much it is", async () => {
  const script = `head -c 3000000 /dev/zero | tr '\\0' x >&2; echo " log in first" >&2; exit 1`;
  await rejects(cache(plugin(script)).get(), (error) => {
    match(
      (error as Error).message,
      /^the credential plugin sh ended with 1: x{200,400} log in first$/,
    );
    return true;
  });
});

for (
  const { what, jumpMs } of [
    { what: "back", jumpMs: -60 * 86_400_000 },
    { what: "ahead", jumpMs: 60 * 86_400_000 },
  ]
) {
  Deno.test(`ExecCredentialCache keeps a credential for its time though the clock is set ${what}`, async () => {
    const clock = new FakeClock();
    const folder = await Deno.makeTempDir();
    const expirationTimestamp = new Date(clock.nowMs() + 600_000).toISOString();
    const script = `echo x >> ${folder}/runs; ${prints({ token: "t", expirationTimestamp })}`;
    const held = cache(plugin(script), clock);
    const runs = async () => (await Deno.readTextFile(`${folder}/runs`)).length / 2;
    await held.get();
    clock.wallSkewMs = jumpMs;
    await held.get();
    equal(await runs(), 1);
    await clock.advance(600_000);
    for (let request = 0; request < 10; request++) await held.get();
    // Ahead, what comes has expired by that clock: it is used all the same, for a while.
    equal(await runs(), 2);
    await Deno.remove(folder, { recursive: true });
  });
}
