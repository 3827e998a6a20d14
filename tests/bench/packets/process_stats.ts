/** What a process has used, as the kernel counts it. */

/** `USER_HZ`, the unit of /proc/PID/stat, which Linux shows as 100 whatever it is inside. */
const TICKS_PER_SECOND = 100;

/** Seconds of CPU of all threads of a process. */
export interface CpuSeconds {
  readonly user: number;
  readonly kernel: number;
}

/** What a process has used so far. */
export async function cpuSecondsOf(pid: number): Promise<CpuSeconds> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  // The name in parentheses may hold anything; field 3 follows it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [user, kernel] = [fields[11], fields[12]].map((ticks) => Number(ticks) / TICKS_PER_SECOND);
  return { user: user!, kernel: kernel! };
}

/** What was used between two looks. */
export function cpuSecondsBetween(before: CpuSeconds, after: CpuSeconds): CpuSeconds {
  return { user: after.user - before.user, kernel: after.kernel - before.kernel };
}

/** Megabytes that only this process has (proc_pid_smaps_rollup(5)). */
export async function privateMbOf(pid: number): Promise<number> {
  const rollup = await Deno.readTextFile(`/proc/${pid}/smaps_rollup`);
  const sizes = rollup.matchAll(/^Private_(?:Clean|Dirty):\s+(\d+) kB$/gm);
  return [...sizes].reduce((sum, [, kb]) => sum + Number(kb), 0) / 1000;
}

/** Megabytes resident now. */
export async function residentMbOf(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1000;
}
