/** One more VM in a pool of any size: from its claim to the text of the status. */

import { ippoolSample, vmnetcfgSample } from "../../support/apiserver/samples.ts";
import { parseIPPool } from "../../../lib/api/ippool/parse_ippool.ts";
import { parseVirtualMachineNetworkConfig } from "../../../lib/api/vmnetcfg/parse_vmnetcfg.ts";
import { formatIpv4Address, ipv4AddressFromNumber } from "../../../lib/net/ipv4_address.ts";
import { formatMacAddress, type MacAddress } from "../../../lib/net/mac_address.ts";
import { ClaimIndex } from "../../../lib/reconcile/claim_index.ts";
import {
  ledgerAfter,
  planIPPool,
  planIPPoolChange,
  type PoolSurroundings,
} from "../../../lib/reconcile/ippool/ippool.ts";
import { memoryAt } from "../../../lib/reconcile/ippool/record/pool_memory.ts";
import type { PoolLedger } from "../../../lib/reconcile/ippool/pool_ledger.ts";
import {
  type PoolView,
  poolViewOf,
  viewAfterWrite,
  withChanges,
} from "../../../lib/reconcile/ippool/pool_view.ts";
import { IPPOOL_FINALIZER, VMNETCFG_FINALIZER } from "../../../lib/reconcile/names.ts";

const NETWORK = "default/net-48";
const FIRST_ADDRESS = 0x0a_30_01_00;
const FIRST_MAC = 0x525400000000;

/** A pool with a number of bindings and all of their VMs. */
class FullPool {
  readonly #index = new ClaimIndex();
  readonly surroundings: PoolSurroundings = {
    others: [],
    nad: undefined,
    agent: undefined,
    nowIso: "2026-01-01T00:00:00Z",
    nowMs: 0,
    memory: memoryAt(0),
  };
  view: PoolView;
  ledger: PoolLedger | undefined;
  #vms = 0;

  constructor(bindings: number) {
    const allocated: Record<string, string> = {};
    for (let i = 0; i < bindings; i++) {
      const address = ipv4AddressFromNumber(FIRST_ADDRESS + i);
      allocated[formatIpv4Address(address)] = formatMacAddress(FIRST_MAC + i as MacAddress);
      this.addVm();
    }
    const object = ippoolSample({
      metadata: { finalizers: [IPPOOL_FINALIZER] },
      ipv4Config: { cidr: "10.48.0.0/15", serverIP: "10.48.0.2", router: "10.48.0.1" },
      pool: { start: "10.48.1.0", end: "10.49.255.254", exclude: undefined },
      status: { ipv4: { allocated } },
    });
    this.view = poolViewOf({ object, parsed: parseIPPool(object) });
  }

  /** Takes in the claim of another VM. */
  addVm(): void {
    const i = this.#vms++;
    const macAddress = formatMacAddress(FIRST_MAC + i as MacAddress);
    const object = vmnetcfgSample({
      metadata: { name: `vm-${i}`, finalizers: [VMNETCFG_FINALIZER] },
      spec: { networkConfigs: [{ macAddress, networkName: NETWORK }] },
    });
    const parsed = parseVirtualMachineNetworkConfig(object);
    this.#index.update(`default/vm-${i}`, { object, parsed });
  }

  planFromScratch(): void {
    const changed = this.#index.follow(NETWORK);
    const world = {
      ...this.surroundings,
      pool: this.view,
      isMacNamed: () => false,
      claimsOn: (network: string, isRefused: (namespace: string) => boolean) =>
        this.#index.claimsOn(network, isRefused),
    };
    const plan = planIPPool(world);
    this.#write(plan.status!, plan.record);
    this.ledger = ledgerAfter(plan, { ...world, pool: this.view }, changed);
  }

  planChange(): void {
    const plan = planIPPoolChange(this.ledger!, this.surroundings)!;
    this.#write(plan.status!, plan.record);
    this.ledger!.commit(this.view, plan);
  }

  #write(status: Record<string, unknown>, changes: Parameters<typeof viewAfterWrite>[2]): void {
    const object = { ...this.view.object, status };
    withChanges(this.view, changes, () => JSON.stringify(object));
    this.view = viewAfterWrite(this.view, object, changes);
  }
}

for (const bindings of [0, 1_000, 10_000, 30_000]) {
  let pool: FullPool | undefined;
  const made = () => {
    if (pool === undefined) {
      pool = new FullPool(bindings);
      pool.planFromScratch();
    }
    return pool;
  };
  Deno.bench(`plan and write out one more VM beside ${bindings}`, { n: 50, warmup: 5 }, (b) => {
    const full = made();
    b.start();
    full.addVm();
    full.planChange();
    b.end();
  });
  Deno.bench(`plan from scratch with ${bindings}`, { n: 10, warmup: 2 }, (b) => {
    const full = made();
    full.addVm();
    b.start();
    full.planFromScratch();
    b.end();
  });
}
