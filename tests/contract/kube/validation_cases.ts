/** Objects that a schema refuses, of the test's kind and of ours. */

import type { JsonObject } from "../../../lib/api/meta.ts";
import { gadget } from "../../support/gadget.ts";
import { type ContractCase, GADGETS, OURS } from "./contract_case.ts";

/** Specs of Gadgets, each wrong in one way or right at a limit. */
const GADGET_SPECS: readonly JsonObject[] = [
  {},
  { size: 0 },
  { size: 1 },
  { size: 11 },
  { size: 1.5 },
  { size: "2" },
  { size: null },
  { size: 2, address: "192.0.2.256" },
  { size: 2, color: "blue" },
  { size: 2, code: "a" },
  { size: 2, code: "abcdef" },
  { size: 2, code: "ABC" },
  { size: 2, when: "yesterday" },
  { size: 2, when: "2026-01-02T03:04:05Z" },
  { size: 2, paused: "yes" },
  { size: 2, note: null },
  { size: 2, note: 3 },
  { size: 2, ratio: 0 },
  { size: 2, ratio: 0.5 },
  { size: 2, either: "25%" },
  { size: 2, either: 25 },
  { size: 2, either: true },
  { size: 2, dns: ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"] },
  { size: 2, dns: ["192.0.2.1", "x"] },
  { size: 2, dns: {} },
  { size: 2, parts: [] },
  { size: 2, parts: [{ weight: 1 }] },
  { size: 2, parts: [{ name: "a" }, { name: "a" }] },
  { size: 2, parts: ["a"] },
];

const POOL = {
  apiVersion: "network.harvesterhci.io/v1alpha1",
  kind: "IPPool",
  metadata: { name: "pool" },
};

const IPV4_CONFIG = {
  serverIP: "192.168.48.77",
  cidr: "192.168.48.0/24",
  pool: { start: "192.168.48.81", end: "192.168.48.90" },
};

function poolWith(ipv4Config: JsonObject): JsonObject {
  const config = { ...IPV4_CONFIG, ...ipv4Config };
  return { ...POOL, spec: { ipv4Config: config, networkName: "default/net-48" } };
}

/** Changes of a pool that a rule over the old and the new object refuses, or does not. */
const POOL_PATCHES: readonly JsonObject[] = [
  { spec: { ipv4Config: { cidr: "192.168.0.0/16" } } },
  { spec: { ipv4Config: { serverIP: "192.168.48.78" } } },
  { spec: { ipv4Config: { pool: { start: null } } } },
  { spec: { ipv4Config: { pool: { end: null } } } },
  { spec: { ipv4Config: { serverIP: null } } },
  { spec: { networkName: "default/other" } },
  { spec: { ipv4Config: { leaseTime: 0 } } },
  { spec: { ipv4Config: { leaseTime: 600 } } },
  { spec: { ipv4Config: { dns: ["one"] } } },
  { spec: { ipv4Config: { dns: ["192.0.2.53"] } } },
];

/** Cases of refused objects. */
export const VALIDATION_CASES: readonly ContractCase[] = [
  {
    name: "which Gadgets their schema refuses, and for which fields",
    run: async (r) => {
      for (const [index, spec] of GADGET_SPECS.entries()) {
        await r.send("POST", r.path("gadgets", GADGETS), { body: gadget(`g${index}`, spec) });
      }
    },
  },
  {
    name: "a field that may not change",
    run: async (r) => {
      const path = `${r.path("gadgets", GADGETS)}/a`;
      await r.quietly("POST", r.path("gadgets", GADGETS), {
        body: gadget("a", { size: 2, fixed: "x" }),
      });
      await r.patch("merge", path, { spec: { fixed: "y" } });
      await r.patch("merge", path, { spec: { fixed: "x", size: 3 } });
    },
  },
  {
    name: "status of the wrong shape",
    run: async (r) => {
      const path = `${r.path("gadgets", GADGETS)}/a`;
      await r.quietly("POST", r.path("gadgets", GADGETS), { body: gadget("a") });
      await r.patch("merge", `${path}/status`, { status: { used: "many" } });
      await r.patch("merge", `${path}/status`, { status: { conditions: [{ type: "Ready" }] } });
      await r.patch("merge", `${path}/status`, { status: { allocated: { a: "x".repeat(18) } } });
    },
  },
  {
    name: "changes of an IPPool",
    run: async (r) => {
      const path = `${r.path("ippools", OURS)}/pool`;
      await r.send("POST", r.path("ippools", OURS), { body: poolWith({}) });
      for (const patch of POOL_PATCHES) await r.patch("merge", path, patch);
    },
  },
];
