/** A backup of the server's database that is restored: all objects are as they were, the records with them. */

import {
  IPPOOLS,
  NETWORK_ATTACHMENT_DEFINITIONS,
  VIRTUAL_MACHINE_INSTANCES,
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
  VIRTUAL_MACHINES,
} from "../../../lib/api/resources.ts";
import type { World } from "./world.ts";

const KINDS = [
  ...[NETWORK_ATTACHMENT_DEFINITIONS, IPPOOLS, VIRTUAL_MACHINES, VIRTUAL_MACHINE_INSTANCES],
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
];

const RATE = 0.15;

/** Lets some worlds see an old backup while their users are busy. */
export function restoreBackupSometime(world: World): void {
  const { api, clock, weather, processes, scenario } = world;
  const chance = world.chance("backup");
  if (chance() >= RATE) return;
  clock.after(chance() * scenario.actions * scenario.actionEveryMs, () => {
    if (weather.isFair) return;
    const version = Math.floor(chance() * api.version);
    world.note(`a backup of v${version} is restored`);
    for (const type of KINDS) api.restore({ type, by: "backup" }, version);
    api.compacted = api.version;
    // As Kubernetes asks of those who restore one: nothing goes on from what it knew.
    for (const process of processes) process.kill("the server's objects are others");
  });
}
