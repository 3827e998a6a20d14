import assert from "node:assert/strict";
import { type Check, createEndpointHandler, type Endpoints } from "./http_endpoints.ts";
import type { HttpRequest, HttpResponse } from "../http/exchange.ts";
import type { Dump } from "./shared_dumps.ts";
import { createPrometheusRegistry } from "./prometheus_registry.ts";

const CACHE = { "fa:cf:8e:50:82:fc": "192.168.48.82" };

function requestOf(path: string): HttpRequest {
  return {
    method: "GET",
    path: path.split("?")[0]!,
    query: new URLSearchParams(path.split("?")[1]),
    headers: {},
    fromLoopback: true,
    readBody: () => Promise.resolve(new Uint8Array()),
  };
}

function dumpOf(content: Readonly<Record<string, string>>): Dump {
  return { version: [content], make: () => Object.entries(content) };
}

async function textOf({ body }: HttpResponse): Promise<string> {
  if (typeof body === "string") return body;
  let text = "";
  for (let piece = await body.read(); piece !== undefined; piece = await body.read()) {
    text += typeof piece === "string" ? piece : new TextDecoder().decode(piece);
  }
  return text;
}

interface Case {
  readonly name: string;
  readonly path: string;
  readonly method?: string;
  readonly unready?: readonly string[];
  readonly standby?: string;
  readonly notes?: readonly string[];
  readonly health?: readonly Check[];
  readonly checks?: readonly Check[];
  readonly remote?: boolean;
  readonly everywhere?: boolean;
  readonly status: number;
  readonly body: string | RegExp;
}

const cases: readonly Case[] = [
  { name: "healthz", path: "/healthz", status: 200, body: '{"ok":true}\n' },
  {
    name: "healthz of a process that has to be started again",
    path: "/healthz",
    health: [{ name: "a", problem: "it is stuck" }, { name: "b" }],
    status: 503,
    body: '{"ok":false,"reasons":["it is stuck"]}\n',
  },
  {
    name: "healthz?verbose",
    path: "/healthz?verbose",
    health: [{ name: "packet-loop" }],
    status: 200,
    body: "[+]ping ok\n[+]packet-loop ok\nhealthz check passed\n",
  },
  {
    name: "healthz?verbose of a process that has to be started again",
    path: "/healthz?verbose=1",
    health: [{ name: "packet-loop", problem: "it is stuck" }],
    status: 503,
    body: "[+]ping ok\n[-]packet-loop failed: it is stuck\nhealthz check failed\n",
  },
  {
    name: "readyz?verbose with a line for each check",
    path: "/readyz?verbose",
    unready: ["no table"],
    checks: [{ name: "pool", problem: "no table" }, { name: "interface" }],
    status: 503,
    body: "[-]pool failed: no table\n[+]interface ok\nreadyz check failed\n",
  },
  {
    name: "readyz?verbose of a process without checks that has something to say",
    path: "/readyz?verbose",
    notes: ["the last valid version is served"],
    status: 200,
    body: "[+]ready ok\nnote: the last valid version is served\nreadyz check passed\n",
  },
  {
    name: "readyz?verbose=0",
    path: "/readyz?verbose=0",
    status: 200,
    body: '{"ok":true}\n',
  },
  { name: "readyz when ready", path: "/readyz", status: 200, body: '{"ok":true}\n' },
  {
    name: "readyz tells the reasons",
    path: "/readyz",
    unready: ["no lease table"],
    status: 503,
    body: '{"ok":false,"reasons":["no lease table"]}\n',
  },
  {
    name: "readyz of a process that has something to say",
    path: "/readyz",
    notes: ["the last valid version is served"],
    status: 200,
    body: '{"ok":true,"notes":["the last valid version is served"]}\n',
  },
  {
    name: "readyz of a replica that stands by",
    path: "/readyz",
    standby: "vm-dhcp-2 leads",
    status: 200,
    body: '{"ok":true,"standby":"vm-dhcp-2 leads"}\n',
  },
  {
    name: "readyz of a replica that stands by and is not ready",
    path: "/readyz",
    standby: "vm-dhcp-2 leads",
    unready: ["no lease table"],
    status: 503,
    body: '{"ok":false,"reasons":["no lease table"]}\n',
  },
  {
    name: "a dump of a replica that stands by",
    path: "/caches/default/net-48",
    standby: "vm-dhcp-2 leads",
    status: 503,
    body: "vm-dhcp-2 leads; ask that one\n",
  },
  { name: "HEAD", path: "/healthz", method: "HEAD", status: 200, body: /ok/ },
  { name: "metrics", path: "/metrics", status: 200, body: /^# HELP promhttp_metric_handler_/ },
  {
    name: "cache",
    path: "/caches/default/net-48",
    status: 200,
    body: `${JSON.stringify(CACHE)}\n`,
  },
  {
    name: "cache of an unknown network",
    path: "/caches/default/x",
    status: 500,
    body: "failed to list cache of default/x: network default/x does not exist\n",
  },
  {
    name: "ipam of an unknown network",
    path: "/ipams/default/x",
    status: 500,
    body: "failed to list ipam of default/x: network default/x does not exist\n",
  },
  { name: "leases of all pools", path: "/leases", status: 200, body: "{}\n" },
  {
    name: "leases with when clients were seen",
    path: "/leases?verbose=1",
    status: 200,
    body: '{"verbose":"yes"}\n',
  },
  { name: "leases that need not be verbose", path: "/leases?verbose=0", status: 200, body: "{}\n" },
  {
    name: "leases of an unknown pool",
    path: "/leases/a/b",
    status: 404,
    body:
      "no agent of ippool a/b is here: ask /leases or /leases/NAMESPACE/NAME; here are default/p\n",
  },
  {
    name: "leases of a pool without its namespace",
    path: "/leases/p",
    status: 404,
    body: "not found: ask /leases or /leases/NAMESPACE/NAME; here are default/p\n",
  },
  { name: "leases with too many names", path: "/leases/a/b/c", status: 404, body: /NAMESPACE/ },
  { name: "machines without a binding", path: "/unknown", status: 200, body: "{}\n" },
  { name: "machines of an unknown pool", path: "/unknown/a/b", status: 404, body: /a\/b/ },
  {
    name: "machines asked from afar",
    path: "/unknown",
    remote: true,
    status: 403,
    body: /loopback/,
  },
  {
    name: "cache without a network",
    path: "/caches",
    status: 404,
    body: "not found: ask /caches/NAMESPACE/NAME; here are default/net-48\n",
  },
  {
    name: "cache of a network without its namespace",
    path: "/caches/net-48",
    status: 404,
    body: /NAMESPACE/,
  },
  {
    name: "an unknown path",
    path: "/x",
    status: 404,
    body: "not found; there are /healthz /readyz /metrics /ipams /caches /leases /unknown\n",
  },
  { name: "a malformed path", path: "/caches/%zz/%", status: 500, body: /%zz/ },
  { name: "a write", path: "/healthz", method: "POST", status: 405, body: /only GET/ },
  { name: "a dump asked from afar", path: "/leases", remote: true, status: 403, body: /loopback/ },
  {
    name: "a dump asked from afar when that is enabled",
    path: "/leases",
    remote: true,
    everywhere: true,
    status: 200,
    body: "{}\n",
  },
];

for (const { name, path, method, remote, everywhere, status, body, ...says } of cases) {
  Deno.test(`createEndpointHandler() answers ${name} with ${status}`, async () => {
    const registry = createPrometheusRegistry();
    const endpoints: Endpoints = {
      unready: () => says.unready ?? [],
      standby: () => says.standby,
      notes: () => says.notes ?? [],
      healthChecks: () => says.health ?? [],
      ...says.checks === undefined ? {} : { readyChecks: () => says.checks ?? [] },
      pools: () => ["default/p"],
      networks: () => ["default/net-48"],
      ipam: () => undefined,
      cache: (network) => network === "default/net-48" ? dumpOf(CACHE) : undefined,
      leases: (pool, isVerbose) => {
        if (pool !== undefined) return undefined;
        return dumpOf(isVerbose ? { verbose: "yes" } : {});
      },
      unknown: (pool) => pool === undefined ? dumpOf({}) : undefined,
    };
    const handle = createEndpointHandler(endpoints, registry, everywhere === true);
    const request = { ...requestOf(path), method: method ?? "GET", fromLoopback: remote !== true };
    const response = await handle(request);
    assert.equal(response.status, status);
    const text = await textOf(response);
    if (typeof body === "string") assert.equal(text, body);
    else assert.match(text, body);
  });
}

Deno.test("metrics are served as the text format that Prometheus knows", async () => {
  const handle = createEndpointHandler({ unready: () => [] }, createPrometheusRegistry(), false);
  const { headers } = await handle(requestOf("/metrics"));
  assert.equal(headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
});

Deno.test("metrics that cannot be gathered are answered with 500 and counted", async () => {
  const registry = createPrometheusRegistry();
  let broken = true;
  registry.beforeRead(() => {
    if (broken) throw new Error("boom");
  });
  const handle = createEndpointHandler({ unready: () => [] }, registry, false);
  const response = await handle(requestOf("/metrics"));
  assert.equal(response.status, 500);
  assert.equal(response.body, "failed to gather metrics: boom\n");
  broken = false;
  assert.match(
    await textOf(await handle(requestOf("/metrics"))),
    /handler_errors_total\{cause="gathering"\} 1/,
  );
});

Deno.test("a process that has no pool yet, or no such dump, says so", async () => {
  const ask = async (endpoints: Endpoints, path: string) => {
    const handle = createEndpointHandler(endpoints, createPrometheusRegistry(), false);
    return await textOf(await handle(requestOf(path)));
  };
  const agents: Endpoints = { unready: () => [], pools: () => [], leases: () => undefined };
  assert.equal(
    await ask(agents, "/leases/a/b"),
    "no agent of ippool a/b is here: ask /leases or /leases/NAMESPACE/NAME; no IPPool is here\n",
  );
  const none = await ask({ unready: () => [] }, "/leases/a/b");
  assert.equal(none, "not found; there are /healthz /readyz /metrics\n");
});
