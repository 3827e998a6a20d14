/** How rules together make a verdict. */

import assert from "node:assert/strict";
import { denialOf, judge } from "../../../lib/admission/judge.ts";
import { worldOf } from "../../support/apiserver/admission_worlds.ts";
import { ippoolSample, vmnetcfgSample } from "../../support/apiserver/samples.ts";
import { creation, deletion, otherPool, update } from "./cases/admission_case.ts";

Deno.test("judge() names everything that is wrong with a pool at once", () => {
  const { errors } = judge(
    creation({ ipv4Config: { serverIP: "192.168.48.255" }, pool: { start: "192.168.48.0" } }),
    worldOf({ networks: [], serviceCidrs: ["192.168.0.0/16"], pools: [otherPool()] }),
  );
  assert.deepEqual(errors.map(({ check }) => check), [
    "ippool-addresses",
    "ippool-addresses",
    "ippool-network-exists",
    "ippool-one-per-network",
    "ippool-service-network",
  ]);
});

Deno.test("judge() lets pass what changes no specification, and what was wrong before", () => {
  const around = worldOf({
    networks: [],
    serviceCidrs: ["192.168.0.0/16"],
    pools: [ippoolSample(), otherPool()],
    nodes: { "node-1": "192.168.48.85" },
  });
  const nothing = { errors: [], warnings: [] };
  const finalizers = { metadata: { finalizers: ["f"], labels: { a: "b" } } };
  assert.deepEqual(judge(update(finalizers, {}), around), nothing);
  assert.deepEqual(judge(update({}, { ipv4Config: { leaseTime: 60 } }), around).errors, []);
});

Deno.test("judge() asks nobody about an object that is being deleted", () => {
  const metadata = { deletionTimestamp: "2026-01-01T00:00:00Z" };
  const around = worldOf({ networks: [], vmnetcfgs: [vmnetcfgSample()] });
  const nothing = { errors: [], warnings: [] };
  assert.deepEqual(judge(deletion({ metadata }), around), nothing);
  const other = { metadata, pool: { end: "192.168.48.99" } };
  const nodes = worldOf({ networks: [], nodes: { "node-1": "192.168.48.95" } });
  assert.deepEqual(judge(update({ metadata }, other), nodes), nothing);
});

Deno.test("denialOf() begins as the Go version does and names each field", () => {
  const around = worldOf({ vmnetcfgs: [vmnetcfgSample()] });
  const request = deletion();
  assert.equal(
    denialOf(request, judge(request, around).errors),
    "cannot delete IPPool default/ippool-1 because it's still used by " +
      "VirtualMachineNetworkConfig(s) default/test-vm, which must be removed at first " +
      "(spec.networkName)",
  );
});

Deno.test("judge() of a /8 with 3000 exclusions asks for no address of the range one by one", () => {
  const exclude = Array.from({ length: 3000 }, (_, i) => `10.1.${i >> 8}.${i & 0xff}`);
  const large = creation({
    ipv4Config: { cidr: "10.0.0.0/8", serverIP: "10.0.0.1", router: "10.0.0.2", dns: [] },
    pool: { start: "10.0.0.3", end: "10.255.255.254", exclude },
  });
  let asked = 0;
  const allocated = new Proxy({}, { getOwnPropertyDescriptor: () => void asked++ });
  const status = { ipv4: { allocated } };
  const object = { ...large.object!, status };
  assert.deepEqual(judge({ ...large, object }, worldOf({})).errors, []);
  assert.ok(asked <= 3010, `${asked} addresses`);
});
