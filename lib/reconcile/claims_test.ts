import assert from "node:assert/strict";
import { vmnetcfgSample } from "../../tests/support/apiserver/samples.ts";
import type { Observed } from "../api/meta.ts";
import type { VirtualMachineNetworkConfig } from "../api/vmnetcfg/vmnetcfg.ts";
import { formatIpv4Address } from "../net/ipv4_address.ts";
import { claimsOn } from "./claims.ts";
import { VMNETCFG_BY_NETWORK, VMNETCFG_BY_NIC, VMNETCFG_KIND } from "./kinds.ts";

const MAC = "52:54:00:00:00:01";
const NETWORK = "default/net-48";

function observe(
  changes: Parameters<typeof vmnetcfgSample>[0],
): Observed<VirtualMachineNetworkConfig> {
  const networkConfigs = [{ macAddress: MAC, networkName: "net-48" }];
  const object = vmnetcfgSample({ ...changes, spec: { networkConfigs, ...changes?.spec } });
  return { object, parsed: VMNETCFG_KIND.parse(object) };
}

function named(name: string, createdAt: string, state?: string) {
  const nic = { macAddress: MAC, networkName: NETWORK, allocatedIPAddress: "192.168.48.82", state };
  return observe({
    metadata: { name, creationTimestamp: createdAt },
    ...(state === undefined ? {} : { status: { networkConfigs: [nic] } }),
  });
}

/** The owner of the MAC, with the address that it was told. */
function ownerOf(...vmnetcfgs: readonly Observed<VirtualMachineNetworkConfig>[]): string {
  const [claim] = claimsOn(NETWORK, vmnetcfgs, () => false).owners.values();
  return `${claim?.owner} ${claim?.told === undefined ? "-" : formatIpv4Address(claim.told)}`;
}

Deno.test("claimsOn() leaves a MAC to the one that was told an address, then to the oldest, then by name", () => {
  const [old, young] = ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"];
  const told = named("z", young, "Allocated");
  assert.equal(ownerOf(named("a", old), told), "default/z 192.168.48.82");
  assert.equal(ownerOf(told, named("a", old)), "default/z 192.168.48.82");
  assert.equal(ownerOf(named("a", young), named("z", old)), "default/z -");
  assert.equal(ownerOf(named("z", old), named("a", old)), "default/a -");
});

Deno.test("claimsOn() takes no address for told that a status shows with another state", () => {
  assert.equal(ownerOf(named("a", "", "Stale")), "default/a -");
});

Deno.test("VMNETCFG_KIND finds an object by every NIC that it names, in either list or in its status", () => {
  const nic = (digit: number) => ({ macAddress: `52:54:00:00:00:0${digit}`, networkName: "b" });
  for (
    const [where, vmnetcfg] of [
      ["networkConfigs", observe({ spec: { networkConfigs: [nic(2)] } })],
      ["networkConfig", observe({ spec: { networkConfigs: undefined, networkConfig: [nic(2)] } })],
      ["status", observe({ status: { networkConfigs: [nic(2)] } })],
    ] as const
  ) {
    const { indexes } = VMNETCFG_KIND;
    const networks = indexes?.[VMNETCFG_BY_NETWORK]?.(vmnetcfg);
    assert.ok(networks?.includes("default/b"), where);
    const nics = indexes?.[VMNETCFG_BY_NIC]?.(vmnetcfg);
    assert.ok(nics?.includes("default/b 52:54:00:00:00:02"), where);
  }
});
