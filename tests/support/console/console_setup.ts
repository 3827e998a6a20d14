/** What a console session of the documents runs in. */

import { dirname } from "node:path";
import { kubectlPath } from "../../../tools/kubernetes/programs.ts";
import { ConsoleShell } from "./console_shell.ts";
import type { NetworkPlace } from "../network/network_namespace.ts";
import { PROGRAMS } from "../process/standalone_process.ts";

/** A shell that finds our executable and kubectl, with nothing of the user's own configuration. */
export async function openConsole(place: NetworkPlace, folder: string): Promise<ConsoleShell> {
  const programs = [dirname(PROGRAMS.executable[0]), dirname(await kubectlPath())];
  return new ConsoleShell({
    place,
    cwd: folder,
    env: {
      PATH: [...programs, Deno.env.get("PATH") ?? ""].join(":"),
      HOME: folder,
      TMPDIR: "/tmp",
      LC_ALL: "C",
      TZ: "UTC",
    },
  });
}
