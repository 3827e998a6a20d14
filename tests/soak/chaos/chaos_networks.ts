/** The networks of the chaos, their objects and their clients. */

import type { KubeObject } from "../../../lib/api/meta.ts";
import { ippoolSample, vmnetcfgSample } from "../../support/apiserver/samples.ts";
import { ipBatch, uniqueInterfaceName } from "../../support/network/network_namespace.ts";

/** Renewals begin after half of it. */
export const LEASE_SECONDS = 24;

/** A network, and its clients by MAC address. */
export interface ChaosNetwork {
  /** Of the VM network and of its pool, in the namespace `default`. */
  readonly name: string;
  /** The first three parts of its addresses. */
  readonly prefix: string;
  readonly macs: readonly string[];
}

/** The pool of a network, and a VM for each of its clients. */
export function objectsOf({ name, prefix, macs }: ChaosNetwork): readonly KubeObject[] {
  const pool = ippoolSample({
    metadata: { name },
    spec: { networkName: `default/${name}` },
    pool: { start: `${prefix}.10`, end: `${prefix}.99`, exclude: [] },
    ipv4Config: {
      serverIP: `${prefix}.2`,
      cidr: `${prefix}.0/24`,
      router: `${prefix}.1`,
      ntp: [],
      leaseTime: LEASE_SECONDS,
    },
  });
  const vms = macs.map((macAddress, index) =>
    vmnetcfgSample({
      metadata: { name: `${name}-${index}` },
      spec: {
        vmName: `${name}-${index}`,
        networkConfigs: [{ macAddress, networkName: `default/${name}` }],
      },
    })
  );
  return [pool, ...vms];
}

/** Bridges without ports, which disposing deletes. */
export interface Bridges extends AsyncDisposable {
  readonly names: readonly string[];
}

/** Makes many bridges at once. */
export async function createBridges(count: number): Promise<Bridges> {
  const names = Array.from({ length: count }, () => uniqueInterfaceName("vq"));
  await ipBatch(names.flatMap((name) => [
    `link add ${name} type bridge`,
    `link set ${name} up`,
  ]));
  return {
    names,
    [Symbol.asyncDispose]: () =>
      ipBatch(names.map((name) => `link delete ${name}`), { mayFail: true }),
  };
}
