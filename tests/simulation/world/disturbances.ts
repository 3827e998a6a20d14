/** What goes wrong in a world from outside: processes, networks, clocks and the server's memory. */

import { LEASES } from "../../../lib/api/resources.ts";
import { LEASE } from "./controller_process.ts";
import type { ControllerProcess } from "./controller_process.ts";
import type { World } from "./world.ts";

/** Something that goes wrong, to one process. */
interface Disturbance {
  readonly name: string;
  run(world: World, process: ControllerProcess, chance: () => number): void;
}

export const DISTURBANCES: readonly Disturbance[] = [
  {
    name: "kill",
    run: (_, process) => process.kill("by lot"),
  },
  {
    name: "restart",
    run: (_, process) => process.stop(true),
  },
  {
    name: "freeze",
    run(world, process, chance) {
      const { life } = process;
      if (life === undefined) return;
      const ms = 1000 + chance() ** 2 * 40_000;
      world.note(`${process.name} stands still for ${Math.round(ms)} ms`);
      life.freeze();
      world.clock.after(ms, () => life.thaw());
    },
  },
  {
    name: "partition",
    run(world, process, chance) {
      const { link } = process;
      if (link === undefined) return;
      const ms = 500 + chance() ** 2 * 40_000;
      world.note(`${process.name} is cut off for ${Math.round(ms)} ms`);
      link.isCut = true;
      if (chance() < 0.5) link.loseWatches();
      world.clock.after(ms, () => link.isCut = false);
    },
  },
  {
    name: "lost watches",
    run(world, process) {
      world.note(`${process.name} loses its watches`);
      process.link?.loseWatches();
    },
  },
  {
    name: "expired versions",
    run(world, process) {
      world.note("the server forgets old versions");
      world.api.compacted = world.api.version;
      process.link?.loseWatches();
    },
  },
  {
    name: "clock jump",
    run(world, process, chance) {
      // Whole hours: what waits for a day does not end while the world is to be at rest.
      process.skewMs = Math.round((chance() - 0.5) * 48) * 3_600_000;
      world.note(`the clock of ${process.name} jumps to ${process.skewMs} ms`);
    },
  },
  {
    name: "lost lease",
    run(world) {
      if (world.api.find(LEASES, `${LEASE.namespace}/${LEASE.name}`) === undefined) return;
      world.note("somebody deletes the Lease");
      world.api.delete({ type: LEASES, by: "admin" }, LEASE);
    },
  },
];
