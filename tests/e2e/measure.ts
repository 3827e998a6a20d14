/** Figures that documents quote. */

/** Says how long something took. @returns The same in milliseconds. */
export async function measure(what: string, act: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await act();
  const tookMs = performance.now() - startMs;
  report(what, tookMs);
  return tookMs;
}

/** Says a time that was taken otherwise. */
export function report(what: string, tookMs: number): void {
  console.log(`measured: ${what}: ${(tookMs / 1000).toFixed(1)} s`);
}

/** Says how much memory of a process is resident. */
export function reportMemory(what: string, pid: number): void {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const kilobytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
  console.log(`measured: ${what}: ${(kilobytes / 1000).toFixed(0)} MB resident`);
}
