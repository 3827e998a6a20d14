/** The world before anything was read. */

import type { World } from "../../../lib/explain/contract.ts";

const NONE = { ok: true, value: [] } as const;

/** A cluster in which there is nothing. */
export const EMPTY_WORLD: World = {
  nowMs: 0,
  ippools: NONE,
  vmnetcfgs: NONE,
  networks: NONE,
  virtualMachines: NONE,
  pods: NONE,
  deployments: NONE,
  leader: { ok: true, value: undefined },
  leaderLease: { namespace: "kube-system", name: "vm-dhcp-controllers" },
  webhookConfigurations: NONE,
  backends: new Map(),
  urls: new Map(),
  isStandalone: false,
  unready: { ok: true, value: [] },
  agents: new Map(),
};
