/** How long the executable of an image takes to start. */

/** Measured so often; the middle one counts. */
const RUNS = 7;

/**
 * Starts `vm-dhcp version` of an unpacked image again and again, with the libraries of this host.
 *
 * @returns Milliseconds until it has ended.
 */
export async function measureStart(root: string): Promise<number> {
  const executable = `${root}/usr/bin/vm-dhcp`;
  const times = [];
  for (let i = 0; i < RUNS; i++) {
    const startMs = performance.now();
    const { success } = await new Deno.Command(executable, { args: ["version"] }).output();
    if (!success) throw new Error(`${executable} does not start`);
    times.push(performance.now() - startMs);
  }
  return Math.round(times.toSorted((a, b) => a - b)[Math.floor(RUNS / 2)]!);
}
