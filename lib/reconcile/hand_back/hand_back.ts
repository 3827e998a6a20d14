/**
 * What the Go program cannot live with, before it takes a cluster back: objects that are right here and
 * stop a pool or a VM there. Each comes with the commands that convert it.
 */

import { networkOfPool } from "../raw_fields.ts";
import { lostFieldsOfPool, lostFieldsOfVmnetcfg } from "./lost_fields.ts";
import { nicObstacleOf } from "./nic_obstacles.ts";
import type { HandBackWorld, LostFields, Obstacle } from "./obstacle.ts";
import { poolObstaclesOf } from "./pool_obstacles.ts";
import { recordObstaclesOf } from "./record_obstacles.ts";

/** Everything that is in the way, pools first. */
export function obstaclesOf(world: HandBackWorld): readonly Obstacle[] {
  // Also of pools that are being deleted: their VMs keep their addresses until they go.
  const networks = new Set(world.ippools.map(networkOfPool));
  return [
    ...world.ippools.flatMap((pool) => [
      ...poolObstaclesOf(pool, world),
      ...recordObstaclesOf(pool),
    ]),
    ...world.vmnetcfgs.flatMap((vmnetcfg) => nicObstacleOf(vmnetcfg, networks) ?? []),
  ];
}

/** What is lost, object by object. */
export function lostFieldsOf({ ippools, vmnetcfgs }: HandBackWorld): readonly LostFields[] {
  return [
    ...ippools.map(({ object }) => lostFieldsOfPool(object)),
    ...vmnetcfgs.map(({ object }) => lostFieldsOfVmnetcfg(object)),
  ].filter(({ fields }) => fields.length > 0);
}
