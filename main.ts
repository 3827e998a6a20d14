/** Entry point of the executable: runs the command and ends the process with its exit status. */

import { run } from "./cmd/run.ts";

Deno.exit(await run());
