/** `vm-dhcp explain` and `vm-dhcp status` against a real API server, with the rights of an operator and with fewer. */

import assert from "node:assert/strict";
import { parseAllDocuments } from "yaml";
import type { KubeObject } from "../../lib/api/meta.ts";
import { IPPOOLS, VIRTUAL_MACHINE_NETWORK_CONFIGS } from "../../lib/api/resources.ts";
import type { Explanation } from "../../lib/explain/explanation.ts";
import { vmnetcfgSample } from "../support/apiserver/samples.ts";
import { applyRights, writeAccount } from "../support/cluster/account_kubeconfig.ts";
import { clusterAccessOf, makeNamespace } from "../support/cluster/cluster_access.ts";
import { sharedControlPlane } from "../support/cluster/shared_control_plane.ts";
import { macOf, makeReadyPool } from "../support/controller/controller_objects.ts";
import { ControllerWorld } from "../support/controller/controller_world.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { PROGRAMS } from "../support/process/standalone_process.ts";

const EXAMPLE = new URL("../../examples/rbac/operator.yaml", import.meta.url);

interface Outcome extends Explanation {
  readonly code: number;
}

/** Runs the command as an account. */
async function run(kubeconfig: string, ...args: readonly string[]): Promise<Outcome> {
  const [program, ...before] = PROGRAMS.source;
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...before, ...args, "--kubeconfig", kubeconfig, "-o", "json"],
    stdin: "null",
  }).output();
  assert.equal(new TextDecoder().decode(stderr), "");
  return { code, ...JSON.parse(new TextDecoder().decode(stdout)) as Explanation };
}

/** The ClusterRole of the example, under another name. */
async function exampleRole(name: string): Promise<KubeObject & { rules: readonly unknown[] }> {
  const [role] = parseAllDocuments(await Deno.readTextFile(EXAMPLE));
  return { ...role!.toJS() as KubeObject & { rules: readonly unknown[] }, metadata: { name } };
}

function bindingOf(role: string, namespace: string, account: string): KubeObject {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: role },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
    subjects: [{ kind: "ServiceAccount", name: account, namespace }],
  };
}

await integrationTest({
  name: "explain and status say what a real cluster has, and which right is missing",
  needs: ["kube"],
  async run() {
    const access = await sharedControlPlane();
    const namespace = await makeNamespace(access, "explain");
    const accounts = `${namespace}-accounts`;
    const full = await exampleRole(`${accounts}-operator`);
    const least = { ...await exampleRole(`${accounts}-reader`), rules: [full.rules[0]] };
    await applyRights(access, accounts, [
      ...[full, least],
      bindingOf(full.metadata.name, accounts, "operator"),
      bindingOf(least.metadata.name, accounts, "reader"),
    ]);
    const [operator, reader, nobody] = await Promise.all(
      ["operator", "reader", "nobody"].map((name) =>
        writeAccount(access, { namespace: accounts, name })
      ),
    );
    await using world = new ControllerWorld(clusterAccessOf(access), namespace);
    await world.start();
    await makeReadyPool(world);
    const nic = { networkName: "net-48", macAddress: macOf(1) };
    const vm = vmnetcfgSample({ metadata: { name: "vm-1" }, spec: { networkConfigs: [nic] } });
    await world.create(VIRTUAL_MACHINE_NETWORK_CONFIGS, vm);
    await world.until(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-1", {
      what: "an address",
      holds: ({ status }) => JSON.stringify(status ?? {}).includes("192.168.48.82"),
    });
    const vmName = `${namespace}/vm-1`;

    // The controller of this test says that agents answer, and there is none.
    const served = await run(operator!, "explain", "vm", vmName);
    assert.equal(
      served.says,
      `${vmName} has 192.168.48.82, but whether it uses it could not be decided: no agent could be asked`,
    );
    assert.equal(served.code, 3);

    const unable = await run(reader!, "explain", "vm", vmName);
    assert.equal(
      unable.says,
      `${vmName} has 192.168.48.82, but whether it uses it could not be decided: you need the ` +
        "right to list pods in all namespaces",
    );
    assert.equal(unable.code, 3);

    const unknown = await run(nobody!, "explain", "vm", vmName);
    assert.match(unknown.says, /you need the right to list ippools\.network\.harvesterhci\.io/);
    assert.equal(unknown.code, 3);

    const holder = await run(reader!, "explain", "address", "192.168.48.82");
    assert.ok(holder.checks.some(({ says }) => says.includes(`${macOf(1)} of ${vmName}`)));

    await world.patch(IPPOOLS, "ippool-1", { spec: { paused: true } });
    const paused = await run(reader!, "explain", "vm", "vm-1", "-n", namespace);
    assert.equal(
      paused.says,
      `${vmName} has 192.168.48.82, but gets no answer: the pool ${namespace}/ippool-1 is paused`,
    );
    assert.equal(paused.code, 1);

    const status = await run(operator!, "status");
    const line = status.checks.find(({ about }) => about === `${namespace}/ippool-1`);
    assert.deepEqual([line?.verdict, line?.says], [
      "failed",
      `the pool ${namespace}/ippool-1 is paused`,
    ]);
    // Each of the other rights is used, and enough.
    const unread = status.checks.filter(({ says }) => says.includes("the right to"));
    assert.deepEqual(unread, []);
  },
});
