/** Has a controller use its rights on the objects of agents. */

import {
  DEPLOYMENTS,
  POD_DISRUPTION_BUDGETS,
  PODS,
  ROLE_BINDINGS,
  ROLES,
  SERVICE_ACCOUNTS,
} from "../../lib/api/resources.ts";
import { ControllerWorld } from "../support/controller/controller_world.ts";
import { StandInAgents } from "../support/controller/stand_in_agents.ts";

/** Waits for agents, and lets the controller repair them and take an agent of the Go version away. */
export async function checkAgents(world: ControllerWorld): Promise<void> {
  const agents = new ControllerWorld(world.client, "vm-dhcp");
  const name = "default-net-48-agent";
  await using _standIns = new StandInAgents(world.client, "vm-dhcp");
  const [budget] = await Promise.all(
    [POD_DISRUPTION_BUDGETS, SERVICE_ACCOUNTS, DEPLOYMENTS].map((type) =>
      agents.until(type, name, { what: type.kind, holds: () => true })
    ),
  );
  const labels = budget!.metadata.labels!;
  await agents.patch(POD_DISRUPTION_BUDGETS, name, { spec: { maxUnavailable: 2 } });
  await agents.patch(SERVICE_ACCOUNTS, name, { automountServiceAccountToken: true });
  await agents.patch(DEPLOYMENTS, name, { spec: { replicas: 1 } });
  await world.patch(ROLES, name, { rules: [] });
  await world.patch(ROLE_BINDINGS, name, { subjects: [] });
  await agents.create(PODS, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels },
    spec: { containers: [{ name: "agent", image: "rancher/harvester-vm-dhcp-agent:main-head" }] },
  });
  await agents.untilGone(PODS, name);
  const repaired = [
    { at: agents, type: POD_DISRUPTION_BUDGETS, has: '"maxUnavailable":1' },
    { at: agents, type: SERVICE_ACCOUNTS, has: '"automountServiceAccountToken":false' },
    { at: agents, type: DEPLOYMENTS, has: '"replicas":2' },
    { at: world, type: ROLES, has: '"resourceNames":["net-48"]' },
    { at: world, type: ROLE_BINDINGS, has: '"subjects":[{' },
  ];
  for (const { at: where, type, has } of repaired) {
    await where.until(type, name, {
      what: `the repair of the ${type.kind}`,
      holds: (object) => JSON.stringify(object).includes(has),
    });
  }
}
