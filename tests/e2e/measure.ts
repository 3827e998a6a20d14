/** Times that docs/outages.md quotes. */

/** Measures how long something takes, and says so. @returns The same in milliseconds. */
export async function measure(what: string, act: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await act();
  const tookMs = performance.now() - startMs;
  tellMeasured(what, tookMs);
  return tookMs;
}

/** Says how long something took. */
export function tellMeasured(what: string, tookMs: number): void {
  console.log(`measured: ${what}: ${(tookMs / 1000).toFixed(1)} s`);
}
