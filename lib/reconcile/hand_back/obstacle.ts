/** What the Go program cannot live with, and the objects that this is looked for in. */

import type { IPPool } from "../../api/ippool/ippool.ts";
import type { Observed } from "../../api/meta.ts";
import type { VirtualMachineNetworkConfig } from "../../api/vmnetcfg/vmnetcfg.ts";

/** Something that stops a pool or a VM of the Go program. */
export interface Obstacle {
  /** Kind and name, such as `IPPool default/net-48`. */
  readonly about: string;
  /** What is there and what the Go program makes of it: a sentence without its full stop. */
  readonly says: string;
  /** Shell commands that convert it; none when it takes a decision that only people can make. */
  readonly commands: readonly string[];
  /** What to decide and to do, where there are no commands. */
  readonly cure?: string;
}

/** Fields that the Go program drops. It lives without them. */
export interface LostFields {
  readonly about: string;
  readonly fields: readonly string[];
}

/** What is looked at. */
export interface HandBackWorld {
  readonly ippools: readonly Observed<IPPool>[];
  readonly vmnetcfgs: readonly Observed<VirtualMachineNetworkConfig>[];
  /** The command that puts the definitions of this version in place. */
  readonly applyDefinitions: string;
}
