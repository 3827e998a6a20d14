/** The CPU time of a process, finer than the ticks of /proc/PID/stat. */

/** Adds up the run time of all threads of a process, those that have ended included. */
export class CpuMeter {
  /** By thread, its run time when it was last seen. */
  readonly #threadsMs = new Map<string, number>();

  constructor(readonly pid: number) {}

  /** Milliseconds of CPU so far, in user space and in the kernel. */
  async read(): Promise<number> {
    const folder = `/proc/${this.pid}/task`;
    for await (const { name } of Deno.readDir(folder)) {
      try {
        const [runNs] = (await Deno.readTextFile(`${folder}/${name}/schedstat`)).split(" ");
        this.#threadsMs.set(name, Number(runNs) / 1e6);
      } catch (error) {
        // It has ended since the folder was read.
        if (!(error instanceof Deno.errors.NotFound) && !isNoSuchProcess(error)) throw error;
      }
    }
    return this.#threadsMs.values().reduce((sum, ms) => sum + ms, 0);
  }
}

/** ESRCH, which Deno has no class for. */
function isNoSuchProcess(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ESRCH";
}
