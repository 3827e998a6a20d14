import assert from "node:assert/strict";
import { findLayerViolation, MAY_IMPORT } from "./layers.ts";
import { testRule } from "./run_rule.ts";

/** Every import between two parts that the architecture forbids or allows. */
const PAIRS: readonly { from: string; to: string; may: boolean }[] = [
  { from: "lib/net/cidr.ts", to: "lib/net/ipv4_address.ts", may: true },
  { from: "lib/net/cidr.ts", to: "lib/observe/logger.ts", may: false },
  { from: "lib/observe/logger.ts", to: "lib/net/cidr.ts", may: false },
  { from: "lib/api/ippool/ippool.ts", to: "lib/net/cidr.ts", may: true },
  { from: "lib/api/ippool/ippool.ts", to: "lib/ipam/allocate.ts", may: false },
  { from: "lib/dhcpv4/wire/decode.ts", to: "lib/api/ippool/ippool.ts", may: false },
  { from: "lib/ipam/allocate.ts", to: "lib/dhcpv4/lease.ts", may: false },
  { from: "lib/reconcile/lease_table.ts", to: "lib/dhcpv4/lease.ts", may: true },
  { from: "lib/reconcile/lease_table.ts", to: "lib/dhcpv4/wire/decode.ts", may: false },
  { from: "lib/admission/ippool.ts", to: "lib/ipam/allocate.ts", may: true },
  { from: "lib/admission/ippool.ts", to: "lib/reconcile/action.ts", may: false },
  { from: "lib/kube/client/rest_client.ts", to: "lib/api/meta.ts", may: true },
  { from: "lib/kube/client/rest_client.ts", to: "lib/sys/contract.ts", may: false },
  { from: "lib/sys/libc/libc.ts", to: "lib/observe/logger.ts", may: true },
  { from: "lib/sys/libc/libc.ts", to: "lib/api/meta.ts", may: false },
  { from: "lib/apiserver/verbs/create_object.ts", to: "lib/admission/ippool.ts", may: true },
  {
    from: "lib/apiserver/verbs/create_object.ts",
    to: "lib/kube/client/rest_client.ts",
    may: false,
  },
  { from: "lib/agent/dhcp_server.ts", to: "lib/sys/contract.ts", may: true },
  { from: "lib/agent/dhcp_server.ts", to: "lib/sys/libc/libc.ts", may: false },
  { from: "lib/agent/dhcp_server.ts", to: "lib/kube/client/rest_client.ts", may: false },
  { from: "lib/agent/dhcp_server.ts", to: "lib/apiserver/verbs/create_object.ts", may: false },
  { from: "cmd/agent.ts", to: "lib/sys/libc/libc.ts", may: true },
  { from: "cmd/agent.ts", to: "main.ts", may: false },
  { from: "main.ts", to: "cmd/agent.ts", may: true },
  { from: "main.ts", to: "lib/net/cidr.ts", may: false },
  { from: "cmd/agent.ts", to: "tests/support/harness/wait_until.ts", may: false },
  { from: "lib/net/cidr.ts", to: "tests/support/harness/wait_until.ts", may: false },
  { from: "lib/net/cidr_test.ts", to: "tests/support/harness/wait_until.ts", may: true },
  { from: "lib/net/cidr_test.ts", to: "tools/junit.ts", may: false },
  { from: "lib/net/cidr_test.ts", to: "lib/api/meta.ts", may: false },
  { from: "lib/reconcile/lease_table_test.ts", to: "lib/dhcpv4/wire/decode.ts", may: true },
  {
    from: "lib/controller/runtime/control_loop_test.ts",
    to: "lib/kube/client/rest_client.ts",
    may: true,
  },
  {
    from: "lib/kube/client/rest_client_test.ts",
    to: "lib/apiserver/verbs/create_object.ts",
    may: false,
  },
  { from: "tests/integration/agent/clients_test.ts", to: "lib/sys/libc/libc.ts", may: true },
  { from: "lib/novelty/thing.ts", to: "lib/net/cidr.ts", may: false },
];

for (const { from, to, may } of PAIRS) {
  Deno.test(`findLayerViolation() ${may ? "allows" : "refuses"} ${from} -> ${to}`, () => {
    assert.equal(findLayerViolation(from, to) === undefined, may);
  });
}

Deno.test("MAY_IMPORT names every folder of lib/", async () => {
  const folders: string[] = [];
  for await (const { name } of Deno.readDir(new URL("../../lib", import.meta.url))) {
    folders.push(`lib/${name}`);
  }
  const parts = Object.keys(MAY_IMPORT);
  assert.deepEqual(folders.filter((folder) => !parts.includes(folder)), []);
});

testRule("layer-order", [
  {
    name: "refuses an import of a higher layer",
    file: "lib/net/planted.ts",
    source: 'import { x } from "../dhcpv4/lease.ts"; x();',
    want: /lib\/net may not import lib\/dhcpv4\/lease.ts; it may import nothing outside itself/,
  },
  {
    name: "allows an import of a lower layer",
    file: "lib/dhcpv4/planted.ts",
    source: 'import { x } from "../net/cidr.ts"; x();',
  },
  {
    name: "refuses a type-only import as well",
    file: "lib/ipam/planted.ts",
    source: 'import type { X } from "../api/meta.ts"; export type Y = X;',
    want: /lib\/ipam may not import lib\/api\/meta.ts/,
  },
  {
    name: "refuses to export a higher layer",
    file: "lib/api/planted.ts",
    source: 'export * from "../reconcile/action.ts";',
    want: /lib\/api may not import/,
  },
  {
    name: "refuses to export names of a higher layer",
    file: "lib/api/planted.ts",
    source: 'export { x } from "../reconcile/action.ts";',
    want: /lib\/api may not import/,
  },
  {
    name: "refuses an import() of a higher layer",
    file: "lib/agent/planted.ts",
    source: 'const x = await import("../../cmd/agent.ts"); x;',
    want: /lib\/agent may not import cmd\/agent.ts/,
  },
  {
    name: "leaves packages of the product alone",
    file: "lib/agent/planted.ts",
    source: 'import { Registry } from "ajv"; new Registry();',
  },
  {
    name: "refuses a package of the tests in the product",
    file: "lib/kube/planted.ts",
    source: 'import { KubeConfig } from "@kubernetes/client-node"; new KubeConfig();',
    want: /@kubernetes\/client-node is a package of the tests; lib\/kube\/planted.ts goes into/,
  },
  {
    name: "refuses types of a package of the tests in the product",
    file: "cmd/planted.ts",
    source: 'import type { X } from "fast-check"; export type Y = X;',
    want: /is a package of the tests/,
  },
  {
    name: "refuses a file within a package of the tests in the product, types too",
    file: "cmd/planted.ts",
    source: 'import type { X } from "@kubernetes/client-node/dist/index.js"; export type Y = X;',
    want: /is a package of the tests/,
  },
  {
    name: "allows the types of Kubernetes' own kinds in the product",
    file: "lib/kube/planted.ts",
    source: 'import type { V1Lease } from "@kubernetes/client-node"; export type Y = V1Lease;',
  },
  {
    name: "allows a package of the tests in a unit test",
    file: "lib/net/planted_test.ts",
    source: 'import fc from "fast-check"; fc.sample(fc.nat());',
  },
]);
