/** What a process has used, as the kernel counts it. */

/** `USER_HZ`, the unit of /proc/PID/stat, which Linux shows as 100 whatever it is inside. */
const TICKS_PER_SECOND = 100;

/** Seconds of CPU of all threads so far, in user space and in the kernel. */
export async function cpuSecondsOf(pid: number): Promise<number> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  // The name in parentheses may hold anything; field 3 follows it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Megabytes resident now. */
export async function residentMbOf(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1000;
}
