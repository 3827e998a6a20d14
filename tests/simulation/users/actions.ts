/** All that users do in a world. */

import { CONFIG_ACTIONS } from "./config_actions.ts";
import { POOL_ACTIONS } from "./pool_actions.ts";
import type { User } from "./user.ts";
import { VM_ACTIONS } from "./vm_actions.ts";

/** Something that users do. */
export interface Action {
  /** Completes "users …". */
  readonly name: string;
  /** How often, beside the others. */
  readonly weight: number;
  run(user: User): void;
}

export const ACTIONS: readonly Action[] = [...CONFIG_ACTIONS, ...POOL_ACTIONS, ...VM_ACTIONS];
