/** The resources used by a process, as the kernel counts them. */

/** `USER_HZ`, the unit of /proc/PID/stat, which Linux shows as 100 whatever it is inside. */
const TICKS_PER_SECOND = 100;

/** Seconds of CPU of all threads of a process. */
export interface CpuSeconds {
  readonly user: number;
  readonly kernel: number;
}

/** The resources used so far. */
export async function cpuSecondsOf(pid: number): Promise<CpuSeconds> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  // The name in parentheses may hold anything; field 3 follows it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [user, kernel] = [fields[11], fields[12]].map((ticks) => Number(ticks) / TICKS_PER_SECOND);
  return { user: user!, kernel: kernel! };
}

/** The CPU time used between two readings. */
export function cpuSecondsBetween(before: CpuSeconds, after: CpuSeconds): CpuSeconds {
  return { user: after.user - before.user, kernel: after.kernel - before.kernel };
}

/** Resident megabytes. */
export async function residentMbOf(pid: number): Promise<number> {
  return await statusMbOf(pid, "VmRSS");
}

/** Resident megabytes that no file backs, so that no other process shares them. */
export async function privateMbOf(pid: number): Promise<number> {
  return await statusMbOf(pid, "RssAnon");
}

/** A size of proc_pid_status(5). */
async function statusMbOf(pid: number, field: string): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) / 1000;
}
