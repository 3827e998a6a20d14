/** What `vm-dhcp status` looks at, in the order in which it is printed. */

import type { StatusQuestion } from "./contract.ts";
import { findLeader } from "./leader.ts";

export const STATUS_QUESTIONS: readonly StatusQuestion[] = [
  {
    code: "CONTROLLER_LEADS",
    holds: "One of the controllers leads, and renews its Lease.",
    ask: (world) => {
      const finding = findLeader(world);
      return finding === undefined ? [] : [{ ...finding, about: "controllers" }];
    },
  },
];
