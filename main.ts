/** Entry point of the executable: runs the command and ends the process with its exit status. */

import { catchSignals } from "./cmd/cli/signals.ts";

const signals = catchSignals();
// Loaded only now, because a signal that comes during that time must not end the process.
const { run } = await import("./cmd/run.ts");
Deno.exit(await run(signals));
