/** Steps of `./dev check` and `./dev test`: programs that run one after the other, or in lanes, and are counted. */

import { resolve } from "node:path";
import { parseJunit, type Tally } from "./junit.ts";

/** Folder of the project. */
export const PROJECT: string = resolve(import.meta.dirname ?? ".", "..");

/** True where nothing may be skipped because a tool is missing. */
export const IN_CI: boolean = Deno.env.get("CI") === "true";

export const PASSED: Tally = { passed: 1, failed: 0, skipped: 0 };
export const FAILED: Tally = { passed: 0, failed: 1, skipped: 0 };

/** The limit for a step, so that none hangs for ever. */
const STEP_MINUTES_MAX = 30;

/** Prints a line of `./dev`, which is marked apart from the output of programs. */
export function say(text: string): void {
  console.log(`dev: ${text}`);
}

/** A step that cannot run here: a failure in CI, elsewhere a skip that says what it needs. */
export function skip(what: string, needs: string): Tally {
  say(`${IN_CI ? "failed" : "skipped"}: ${what}: ${needs}`);
  return IN_CI ? FAILED : { passed: 0, failed: 0, skipped: 1 };
}

/** Runs a program in the project's folder and counts its success as one test. */
export async function runProgram(what: string, ...command: readonly string[]): Promise<Tally> {
  return await run(what, command) ? PASSED : FAILED;
}

/** A run of tests, and where they are. */
export interface TestRun {
  readonly what: string;
  readonly paths: readonly string[];
  readonly ignore?: readonly string[];
  /** Runs the examples in comments, too. */
  readonly examples?: boolean;
  /** Runs as many files at once as there are processors: for tests that share nothing of the host. */
  readonly parallel?: boolean;
  /** Words to put before the command. */
  readonly enter?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly minutesMax?: number;
}

/** Runs tests without checking their types, and counts them. */
export async function runTests(
  { what, paths, ignore, examples = false, parallel = false, enter = [], env, minutesMax }: TestRun,
): Promise<Tally> {
  const report = await Deno.makeTempFile({ suffix: ".xml" });
  try {
    const command = [
      ...enter,
      Deno.execPath(),
      "test",
      "--allow-all",
      "--no-check",
      ...(examples ? ["--doc"] : []),
      ...(parallel ? ["--parallel"] : []),
      `--junit-path=${report}`,
      ...(ignore === undefined ? [] : [`--ignore=${ignore.join(",")}`]),
      ...paths,
    ];
    const succeeded = await run(what, command, { env, minutesMax });
    const tally = parseJunit(await Deno.readTextFile(report));
    // A file that cannot be loaded fails the run, but is missing from the report.
    return succeeded || tally.failed > 0 ? tally : { ...tally, failed: 1 };
  } finally {
    await Deno.remove(report);
  }
}

/**
 * Does some works side by side; each lane takes the next one when its last is done.
 *
 * @returns Their results, in the order in which they came.
 */
export async function inLanes<T>(
  lanes: number,
  works: readonly (() => Promise<T>)[],
): Promise<readonly T[]> {
  const results: T[] = [];
  const waiting = works.values();
  async function lane(): Promise<void> {
    for (const work of waiting) results.push(await work());
  }
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}

/** Runs a program in the project's folder and shows what it prints. @returns Whether it succeeded. */
export async function runLoudly(program: string, ...args: readonly string[]): Promise<boolean> {
  const command = new Deno.Command(program, { args: [...args], cwd: PROJECT, stdin: "null" });
  return (await command.spawn().status).success;
}

/** Runs a program and shows its output only when it fails. */
async function run(
  what: string,
  command: readonly string[],
  { env = {}, minutesMax = STEP_MINUTES_MAX }: {
    readonly env?: Readonly<Record<string, string>> | undefined;
    readonly minutesMax?: number | undefined;
  } = {},
): Promise<boolean> {
  const [program = "", ...args] = command;
  say(`${what} ...`);
  const startedMs = performance.now();
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args,
    cwd: PROJECT,
    env: { ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(minutesMax * 60_000),
  }).output();
  if (!success) {
    await Deno.stderr.write(stderr);
    await Deno.stdout.write(stdout);
  }
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  say(`${what}: ${success ? "ok" : "FAILED"} (${seconds} s)`);
  return success;
}
