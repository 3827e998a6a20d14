import assert from "node:assert/strict";
import { loadedWith } from "./import_graph.ts";

/** What serves packets, the pool, the report and the endpoints. A node has an agent for each pool. */
const AGENT_LOADS = [
  ...["lib/agent", "lib/api", "lib/base", "lib/dhcpv4", "lib/endpoints", "lib/http", "lib/ipam"],
  ...["lib/kube", "lib/net", "lib/observe", "lib/reconcile", "lib/sys", "lib/tls"],
  "prom-client",
];

/** Parts of these rooms that only other commands need. */
const OF_OTHERS = [
  ...["lib/agent/host/", "lib/dhcpv4/trace/"],
  ...["lib/reconcile/hand_back/", "lib/reconcile/vmnetcfg/", "lib/reconcile/virtual_machine/"],
];

Deno.test("the agent loads no webhook, API server, manifests, explanations or traces", () => {
  const loaded = ["cmd/run.ts", "cmd/agent.ts", "cmd/compose/agent/report_port.ts"]
    .flatMap((path) => [...loadedWith(path)]);
  const rooms = loaded.filter((path) => !path.startsWith("cmd/") && !path.startsWith("node:"))
    .map((path) => path.split("/").slice(0, path.startsWith("lib/") ? 2 : 1).join("/"));
  assert.deepEqual([...new Set(rooms)].sort(), AGENT_LOADS);
  const others = loaded.filter((path) => OF_OTHERS.some((part) => path.startsWith(part)));
  assert.deepEqual(others, []);
});

Deno.test("loadedWith() follows values, and neither types nor what is imported on demand", () => {
  const files: Readonly<Record<string, string>> = {
    "lib/a.ts": [
      'import type { A } from "./type.ts";',
      'import { type B, type C } from "./types.ts";',
      'import {\n  type D,\n  e,\n} from "./value.ts";',
      'export { f } from "./exported.ts";',
      'import "package";',
      'const on = await import("./demand.ts");',
    ].join("\n"),
    "lib/value.ts": 'import { g } from "./inner.ts";',
  };
  assert.deepEqual([...loadedWith("lib/a.ts", (path) => files[path])], [
    ...["lib/a.ts", "lib/value.ts", "lib/exported.ts", "package", "lib/inner.ts"],
  ]);
});
