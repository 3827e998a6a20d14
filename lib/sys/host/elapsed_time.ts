/** Time that goes on while the host is suspended. */

/** clock_gettime(2): as CLOCK_MONOTONIC, but counts suspend. The same on all architectures. */
const CLOCK_BOOTTIME = 7;

/** Reads CLOCK_BOOTTIME into a `struct timespec`; see {@link openBootTime}. */
export type ReadBootTime = (timespec: BigInt64Array<ArrayBuffer>) => void;

/**
 * Makes a clock of milliseconds since some moment, which never goes back and counts the time that
 * the host, or the virtual machine that it is, was suspended. `performance.now()` does not: it
 * reads CLOCK_MONOTONIC. `/proc/uptime` would do, too, but the runtime lets only programs read
 * it that may do everything. Where the C library cannot be asked, the other clock has to do.
 */
export function createElapsedTime(open: () => ReadBootTime = openBootTime): () => number {
  let read: ReadBootTime;
  try {
    read = open();
  } catch {
    return () => performance.now();
  }
  // Seconds and nanoseconds, 64 bits each on every platform that the program is built for.
  const timespec = new BigInt64Array(2);
  return () => {
    read(timespec);
    return Number(timespec[0]) * 1000 + Number(timespec[1]) / 1e6;
  };
}

/** @throws {Error} when there is no such clock, or no right to load libraries. */
function openBootTime(): ReadBootTime {
  const { symbols } = Deno.dlopen("libc.so.6", {
    clock_gettime: { parameters: ["i32", "buffer"], result: "i32" },
  });
  const read: ReadBootTime = (timespec) => {
    // It fails for clocks that do not exist only (clock_gettime(2)).
    if (symbols.clock_gettime(CLOCK_BOOTTIME, timespec) !== 0) {
      throw new Error("the kernel has no CLOCK_BOOTTIME");
    }
  };
  read(new BigInt64Array(2));
  return read;
}
