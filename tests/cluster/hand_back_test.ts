/** `vm-dhcp check --hand-back`: what it finds is gone once its commands were typed. */

import assert from "node:assert/strict";
import type { KubeObject } from "../../lib/api/meta.ts";
import { IPPOOLS, VIRTUAL_MACHINE_NETWORK_CONFIGS } from "../../lib/api/resources.ts";
import { clusterAccessOf } from "../support/cluster/cluster_access.ts";
import { ControlPlane } from "../support/cluster/control_plane.ts";
import { ControllerWorld } from "../support/controller/controller_world.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { ippoolSample, vmnetcfgSample } from "../support/apiserver/samples.ts";
import { Workstation } from "./workstation.ts";

const MAC = "fa:cf:8e:50:82:01";
const NIC = { macAddress: MAC, networkName: "net-48" };

function pool(name: string, changes: Parameters<typeof ippoolSample>[0]): KubeObject {
  return ippoolSample({ ...changes, metadata: { name } });
}

function record(allocated: Readonly<Record<string, string>>) {
  return { ipv4: { allocated, used: 1, available: 7 } };
}

const POOLS: readonly KubeObject[] = [
  pool("broadcast", { spec: { networkName: "default/net-48" }, pool: { end: "192.168.48.255" } }),
  pool("bare", { spec: { networkName: "net-49" } }),
  pool("outside", {
    spec: { networkName: "default/net-50" },
    status: record({ "192.168.48.95": MAC, "192.168.48.81": MAC, "192.168.48.83": "?" }),
  }),
  pool("second", { spec: { networkName: "default/net-50" } }),
];

const VMS: readonly KubeObject[] = [
  vmnetcfgSample({
    metadata: { name: "old-list" },
    spec: { networkConfigs: undefined, networkConfig: [NIC] },
  }),
  vmnetcfgSample({
    metadata: { name: "half" },
    spec: { networkConfigs: [{ ...NIC, networkName: "other/net" }, NIC] },
  }),
  vmnetcfgSample({
    metadata: { name: "none" },
    spec: { networkConfigs: [{ ...NIC, networkName: "other/net" }] },
  }),
];

await integrationTest({
  name: "what vm-dhcp check --hand-back finds is gone after its commands, on any API server",
  needs: ["kube"],
  async run() {
    await using plane = await ControlPlane.start({ withoutControllers: true });
    await using world = new ControllerWorld(clusterAccessOf(plane.access), "default");
    await using workstation = await Workstation.open(plane.access);
    for (const object of POOLS) {
      const { status, ...rest } = object;
      const created = await world.create(IPPOOLS, rest as KubeObject);
      if (status === undefined) continue;
      await world.client.replace(IPPOOLS, { ...created, status }, { subresource: "status" });
    }
    for (const object of VMS) await world.create(VIRTUAL_MACHINE_NETWORK_CONFIGS, object);
    const found = await workstation.type("vm-dhcp check --hand-back | tee convert.sh || true");
    assert.equal(found.split("\n").filter((line) => line.startsWith("# ")).length, 9, found);
    await workstation.type(". ./convert.sh");
    const left = await workstation.type("vm-dhcp check --hand-back");
    assert.equal(left.trim(), "# nothing is in the way of the Go program");
    // The rules of the definitions are in place again.
    await workstation.type(
      `! kubectl patch ippool bare --type=merge -p '{"spec":{"networkName":"default/other"}}'`,
    );
  },
});
