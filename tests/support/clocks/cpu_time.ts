/** The time that this process has computed: what else the machine does is not in it. */

import { cpuUsage } from "node:process";

/** Of all its threads since it started, in milliseconds. */
export function cpuMs(): number {
  const { user, system } = cpuUsage();
  return (user + system) / 1000;
}
