/** Whether a namespace has come to rest as it should: nothing leaked, doubled, stuck or miscounted. */

import type { KubeObject } from "../../../lib/api/meta.ts";
import { IPPOOLS, VIRTUAL_MACHINE_NETWORK_CONFIGS } from "../../../lib/api/resources.ts";
import { parseIpv4Address } from "../../../lib/net/ipv4_address.ts";
import { waitUntil } from "../harness/wait_until.ts";
import { ipv4Of } from "../controller/controller_objects.ts";
import type { ControllerWorld } from "../controller/controller_world.ts";
import { bindingsOf, isInRange, networkOf, toldOf, wantedOf } from "./pool_bindings.ts";

/** Waits until nothing is wrong with the pools and VMs of a world. */
export async function untilSettled(
  world: ControllerWorld,
  { wishes, limitMs, explain }: {
    /** By name of each VM that there is to be, the MACs of its NICs. */
    readonly wishes: ReadonlyMap<string, string>;
    readonly limitMs: number;
    readonly explain: () => string;
  },
): Promise<void> {
  let problems: readonly string[] = [];
  await waitUntil(async () => {
    problems = await problemsOf(world, wishes);
    return problems.length === 0 || undefined;
  }, {
    what: "the pools and the VMs to settle",
    limitMs,
    explain: () => [`${problems.length} problems:`, ...problems.slice(0, 20), explain()].join("\n"),
  });
}

async function problemsOf(
  { client, namespace }: ControllerWorld,
  wishes: ReadonlyMap<string, string>,
): Promise<readonly string[]> {
  const { items: vms } = await client.list(VIRTUAL_MACHINE_NETWORK_CONFIGS, { namespace });
  const { items: pools } = await client.list(IPPOOLS, { namespace });
  const told = new Map(vms.flatMap((vm) => [...toldOf(vm)]));
  return [
    ...wishProblemsOf(vms, wishes),
    ...pools.flatMap((pool) => poolProblemsOf(pool, told)),
    ...vms.flatMap((vm) => vmProblemsOf(vm, pools)),
  ];
}

function wishProblemsOf(
  vms: readonly KubeObject[],
  wishes: ReadonlyMap<string, string>,
): readonly string[] {
  const listed = new Map(vms.map((vm) => [vm.metadata.name, macsOf(vm)]));
  return [
    ...[...listed.keys()].filter((name) => !wishes.has(name))
      .map((name) => `${name} is there without a VM`),
    ...[...wishes].filter(([name, macs]) => listed.get(name) !== macs.toLowerCase())
      .map(([name, macs]) => `${name} lists ${listed.get(name)} instead of ${macs}`),
  ];
}

function macsOf({ spec }: KubeObject): string {
  const { networkConfigs } = spec as { networkConfigs: readonly { macAddress: string }[] };
  return networkConfigs.map(({ macAddress }) => macAddress.toLowerCase()).join(" ");
}

function poolProblemsOf(pool: KubeObject, told: ReadonlyMap<string, string>): readonly string[] {
  const { name } = pool.metadata;
  const bindings = bindingsOf(pool);
  const leaked = bindings.filter(({ nic, address }) => told.get(nic) !== address)
    .map(({ nic, address }) => `${name} binds ${address} to ${nic}, which was not told so`);
  const { used, available } = ipv4Of(pool);
  const free = handedOutBy(pool) - bindings.length;
  const wrong = used === bindings.length && available === free ? [] : [
    `${name} counts ${used} used and ${available} available instead of ` +
    `${bindings.length} and ${free}`,
  ];
  return [...leaked, ...wrong];
}

/** The number of addresses that a pool can hand out. */
function handedOutBy(pool: KubeObject): number {
  const { serverIP, router, pool: { start, end, exclude = [] } } = (pool.spec as {
    ipv4Config: {
      serverIP: string;
      router?: string;
      pool: { start: string; end: string; exclude?: string[] };
    };
  }).ipv4Config;
  const kept = new Set([serverIP, ...router === undefined ? [] : [router], ...exclude]);
  const size = parseIpv4Address(end)! - parseIpv4Address(start)! + 1;
  return size - [...kept].filter((address) => isInRange(pool, address)).length;
}

function vmProblemsOf(vm: KubeObject, pools: readonly KubeObject[]): readonly string[] {
  const { name, deletionTimestamp } = vm.metadata;
  if (deletionTimestamp !== undefined) return [`${name} is still going`];
  const wanted = wantedOf(vm);
  const told = toldOf(vm);
  // With a wish that cannot be had, a NIC keeps what it has.
  const unwanted = [...told].filter(([nic, address]) =>
    !wanted.has(nic) ||
    ![undefined, address].includes(wanted.get(nic)) && !mayLack(nic, wanted.get(nic), pools)
  ).map(([nic, address]) => `${name} still has ${address} for ${nic}`);
  const unserved = [...wanted].filter(([nic, address]) =>
    !told.has(nic) && !mayLack(nic, address, pools)
  ).map(([nic]) => `${name} has no address for ${nic}`);
  return [...unwanted, ...unserved];
}

/** Whether a pool has nothing for a NIC: no address is left, or another has the one it wants. */
function mayLack(nic: string, address: string | undefined, pools: readonly KubeObject[]): boolean {
  const pool = pools.find((pool) => networkOf(pool) === nic.split(" ")[0]);
  if (pool === undefined) return true;
  if (address === undefined) return ipv4Of(pool).available === 0;
  return bindingsOf(pool).some((binding) => binding.address === address && binding.nic !== nic);
}
