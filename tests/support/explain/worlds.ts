/** Worlds of one pool and one VM, and what may be wrong with them. */

import type { JsonObject } from "../../../lib/base/json.ts";
import type { KubeObject, Observed, Parsed } from "../../../lib/api/meta.ts";
import { parseIPPool } from "../../../lib/api/ippool/parse_ippool.ts";
import { parseNetworkAttachmentDefinition } from "../../../lib/api/network_attachment_definition.ts";
import { parseVirtualMachineNetworkConfig } from "../../../lib/api/vmnetcfg/parse_vmnetcfg.ts";
import type { AgentAnswer, AgentLease, World } from "../../../lib/explain/contract.ts";
import type { AskingMachine } from "../../../lib/reconcile/agent_report.ts";
import { EMPTY_WORLD } from "./empty_world.ts";

export const NOW = "2026-01-31T12:00:00Z";
export const POOL = "default/ippool-1";
export const MAC = "fa:cf:8e:50:82:fc";

const GROUP = "network.harvesterhci.io/v1alpha1";

/** What a world has besides, or instead. */
export interface WorldParts {
  readonly poolName?: string;
  readonly poolSpec?: JsonObject;
  readonly allocated?: Readonly<Record<string, string>>;
  readonly poolConditions?: readonly JsonObject[];
  readonly withoutPool?: boolean;
  readonly vmSpec?: JsonObject;
  /** Further VirtualMachineNetworkConfigs. */
  readonly others?: readonly KubeObject[];
  readonly lease?: AgentLease;
  readonly unknown?: readonly AskingMachine[];
  readonly rest?: Partial<World>;
}

/** A pool that serves a VM whose client asked a moment ago, unless something else is said. */
export function worldOf(parts: WorldParts = {}): World {
  const { withoutPool = false, others = [], lease, unknown = [], rest = {} } = parts;
  const pools = withoutPool ? [] : [observed(poolOf(parts), parseIPPool)];
  const vms = [vmnetcfgOf("test-vm", parts.vmSpec), ...others];
  return {
    ...EMPTY_WORLD,
    nowMs: Date.parse(NOW),
    ippools: { ok: true, value: pools },
    vmnetcfgs: {
      ok: true,
      value: vms.map((vm) => observed(vm, parseVirtualMachineNetworkConfig)),
    },
    networks: {
      ok: true,
      value: [observed(networkOf("net-48"), parseNetworkAttachmentDefinition)],
    },
    isStandalone: true,
    agents: new Map([[POOL, [agentOf({ [MAC]: lease ?? ANSWERED }, unknown)]]]),
    ...rest,
  };
}

/** The same in a cluster, with a controller and a webhook. */
export function clusterOf(changes: Partial<World> = {}): World {
  const deployment = (name: string): KubeObject => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { namespace: "harvester-system", name },
    spec: { replicas: 2 },
    status: { readyReplicas: 2 },
  });
  const leaseDurationSeconds = 45;
  return {
    ...worldOf(),
    isStandalone: false,
    leader: {
      ok: true,
      value: {
        apiVersion: "coordination.k8s.io/v1",
        kind: "Lease",
        metadata: { namespace: "kube-system", name: "vm-dhcp-controllers" },
        spec: { holderIdentity: "controller-a", renewTime: NOW, leaseDurationSeconds },
      },
    },
    deployments: { ok: true, value: [deployment("controller"), deployment("webhook")] },
    webhookConfigurations: {
      ok: true,
      value: [{
        apiVersion: "admissionregistration.k8s.io/v1",
        kind: "ValidatingWebhookConfiguration",
        metadata: { name: "webhook" },
        webhooks: [{
          failurePolicy: "Fail",
          clientConfig: { service: { namespace: "harvester-system", name: "webhook" } },
        }],
      }],
    },
    backends: new Map([["harvester-system/webhook", { ok: true, value: 2 }]]),
    ...changes,
  };
}

const ANSWERED: AgentLease = {
  address: "192.168.48.82",
  lastAsked: { time: "2026-01-31T11:59:48Z", type: "REQUEST", outcome: "ack", count: 3 },
};

/** An agent that answered. */
export function agentOf(
  leases: Readonly<Record<string, AgentLease>>,
  unknown: readonly AskingMachine[] = [],
): AgentAnswer {
  return {
    name: "agent-a",
    startedAt: "2026-01-31T10:00:00Z",
    leases: { ok: true, value: new Map(Object.entries(leases)) },
    unknown: { ok: true, value: unknown },
  };
}

/** A machine that nobody knows, seen for three minutes. */
export function strangerOf(macAddress: string): AskingMachine {
  const [firstSeen, lastSeen] = ["2026-01-31T11:57:00Z", "2026-01-31T11:59:55Z"];
  const seen = { count: 12, firstSeen, lastSeen, lastMessage: "DISCOVER", interface: "eth1" };
  return { macAddress, ...seen };
}

/** The pool of a world. */
export function poolOf(
  { poolName = "ippool-1", poolSpec, allocated, poolConditions }: WorldParts = {},
): KubeObject {
  const bound = allocated ?? { "192.168.48.82": MAC };
  return {
    apiVersion: GROUP,
    kind: "IPPool",
    metadata: { namespace: "default", name: poolName, creationTimestamp: "2026-01-01T00:00:00Z" },
    spec: {
      networkName: "default/net-48",
      ipv4Config: {
        serverIP: "192.168.48.77",
        cidr: "192.168.48.0/24",
        pool: { start: "192.168.48.81", end: "192.168.48.88" },
        leaseTime: 300,
      },
      ...poolSpec,
    },
    status: {
      ipv4: { allocated: bound, used: Object.keys(bound).length, available: 0 },
      conditions: poolConditions ?? [condition("AgentReady", "True", "Serving", "")],
    },
  };
}

/** A condition as the controller writes it. */
export function condition(
  type: string,
  status: string,
  reason: string,
  message: string,
): JsonObject {
  return { type, status, reason, message };
}

/** A VirtualMachineNetworkConfig of one NIC. */
export function vmnetcfgOf(name: string, spec: JsonObject = {}): KubeObject {
  return {
    apiVersion: GROUP,
    kind: "VirtualMachineNetworkConfig",
    metadata: { namespace: "default", name, creationTimestamp: "2026-01-02T00:00:00Z" },
    spec: {
      vmName: name,
      networkConfigs: [{ networkName: "default/net-48", macAddress: MAC }],
      ...spec,
    },
  };
}

function networkOf(name: string): KubeObject {
  return {
    apiVersion: "k8s.cni.cncf.io/v1",
    kind: "NetworkAttachmentDefinition",
    metadata: { namespace: "default", name },
  };
}

/** An object with what its parser makes of it. */
export function observed<T>(object: KubeObject, parse: (raw: unknown) => Parsed<T>): Observed<T> {
  return { object, parsed: parse(object) };
}
