/** A command of the executable, with a kubeconfig of its own. */

import { freePort } from "../network/free_port.ts";
import { LineLog } from "./line_log.ts";
import { PROGRAMS } from "./standalone_process.ts";

/** A running command of the executable, and the folder of its kubeconfig. */
export interface RunningCommand {
  readonly log: LineLog;
  readonly folder: string;
  readonly pid: number;
}

/** What is run, and in what surroundings. */
export interface CommandOptions {
  /** `FOLDER` in them stands for the folder of the kubeconfig. */
  readonly args: readonly string[];
  /** By default one that cannot be reached. */
  readonly server?: string;
  /** More fields of the cluster, and the fields of the user, as YAML in one line. */
  readonly cluster?: string;
  readonly user?: string;
  /** Programs in the folder of the kubeconfig. */
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** By default any free port of loopback. */
  readonly http?: string;
}

/** Runs a command of the executable while `use` runs. */
export async function withCommand(
  {
    args,
    server = `http://127.0.0.1:${freePort()}`,
    cluster = "",
    user = "",
    files = {},
    env,
    http = "127.0.0.1:0",
  }: CommandOptions,
  use: (running: RunningCommand) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(
    `${folder}/kubeconfig`,
    `{current-context: a, contexts: [{name: a, context: {cluster: a, user: a}}],
    clusters: [{name: a, cluster: {server: "${server}", ${cluster}}}],
    users: [{name: a, user: {${user}}}]}`,
  );
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${folder}/${name}`, text, { mode: 0o755 });
  }
  const command = args.map((arg) => arg.replace("FOLDER", folder));
  const child = new Deno.Command(PROGRAMS.executable[0], {
    args: [...command, "--debug", "--http", http],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
    cwd: "/",
    ...(env === undefined ? {} : { env: { ...env } }),
  }).spawn();
  let hasEnded = false;
  child.status.then(() => hasEnded = true);
  const log = new LineLog();
  log.follow(child.stdout);
  try {
    await use({ log, folder, pid: child.pid });
  } finally {
    if (!hasEnded) child.kill("SIGKILL");
    await child.status;
    await log.ended();
    await Deno.remove(folder, { recursive: true });
  }
}
