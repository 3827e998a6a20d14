/** How the executable of an image starts. */

/** Started so often; the middle one counts. */
const RUNS = 7;

/** A start of `vm-dhcp version`. */
export interface Start {
  /** Until it has ended. */
  readonly milliseconds: number;
  /** Version of the runtime in the executable. */
  readonly deno: string;
}

/** Starts the executable of an unpacked image, with the libraries of this host. */
export async function measureStart(root: string): Promise<Start> {
  const executable = `${root}/usr/bin/vm-dhcp`;
  const times = [];
  let said = "";
  for (let i = 0; i < RUNS; i++) {
    const startMs = performance.now();
    const { stdout } = await new Deno.Command(executable, { args: ["version"] }).output();
    times.push(performance.now() - startMs);
    said = new TextDecoder().decode(stdout);
  }
  const deno = /\bdeno ([\d.]+)/.exec(said)?.[1];
  if (deno === undefined) throw new Error(`${executable} does not say its version`);
  const middle = times.toSorted((a, b) => a - b)[Math.floor(RUNS / 2)]!;
  return { milliseconds: Math.round(middle), deno };
}
