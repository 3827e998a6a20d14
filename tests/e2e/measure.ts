/** Times that docs/outages.md quotes. */

/** Says how long something took. @returns The same in milliseconds. */
export async function measure(what: string, act: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await act();
  const tookMs = performance.now() - startMs;
  console.log(`measured: ${what}: ${(tookMs / 1000).toFixed(1)} s`);
  return tookMs;
}
