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

/** Megabytes resident now. */
export async function residentMbOf(pid: number): Promise<number> {
  return await statusMbOf(pid, "VmRSS");
}

/** Megabytes resident now that are backed by no file, so that no other process shares them. */
export async function privateMbOf(pid: number): Promise<number> {
  return await statusMbOf(pid, "RssAnon");
}

/** A size of proc_pid_status(5). */
async function statusMbOf(pid: number, field: string): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) / 1000;
}
