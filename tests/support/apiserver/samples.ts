/** Objects of our kinds for tests. */

import type { JsonObject } from "../../../lib/base/json.ts";
import type { KubeObject } from "../../../lib/api/meta.ts";

/** The IPPool of the examples, with changes laid over its `spec.ipv4Config`. */
export function ippoolSample(changes: {
  readonly metadata?: JsonObject;
  readonly spec?: JsonObject;
  readonly ipv4Config?: JsonObject;
  readonly pool?: JsonObject;
  readonly status?: JsonObject;
} = {}): KubeObject {
  return {
    apiVersion: "network.harvesterhci.io/v1alpha1",
    kind: "IPPool",
    metadata: { name: "ippool-1", namespace: "default", ...changes.metadata },
    spec: {
      ipv4Config: {
        serverIP: "192.168.48.77",
        cidr: "192.168.48.0/24",
        pool: {
          start: "192.168.48.81",
          end: "192.168.48.90",
          exclude: ["192.168.48.81", "192.168.48.90"],
          ...changes.pool,
        },
        router: "192.168.48.1",
        dns: ["1.1.1.1"],
        domainName: "aibao.moe",
        domainSearch: ["aibao.moe"],
        ntp: ["pool.ntp.org"],
        leaseTime: 300,
        ...changes.ipv4Config,
      },
      networkName: "default/net-48",
      ...changes.spec,
    },
    ...(changes.status === undefined ? {} : { status: changes.status }),
  };
}

/** The VirtualMachineNetworkConfig of the examples, with changes. */
export function vmnetcfgSample(changes: {
  readonly metadata?: JsonObject;
  readonly spec?: JsonObject;
  readonly status?: JsonObject;
} = {}): KubeObject {
  return {
    apiVersion: "network.harvesterhci.io/v1alpha1",
    kind: "VirtualMachineNetworkConfig",
    metadata: { name: "test-vm", namespace: "default", ...changes.metadata },
    spec: {
      vmName: "test-vm",
      networkConfigs: [{ macAddress: "fa:cf:8e:50:82:fc", networkName: "default/net-48" }],
      ...changes.spec,
    },
    ...(changes.status === undefined ? {} : { status: changes.status }),
  };
}
