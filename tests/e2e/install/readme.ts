/** README.md, as an administrator types it. */

import assert from "node:assert/strict";
import type { ConsoleStep } from "../../support/console/console_session.ts";
import { documentSteps, type Installation } from "./installation.ts";

export const README = "README.md";

/** The commands below a heading of README.md that contain a text. */
export async function stepsWith(heading: string, text: string): Promise<readonly ConsoleStep[]> {
  const steps = (await documentSteps(README, heading)).filter(({ command }) =>
    command.includes(text)
  );
  assert.ok(steps.length > 0, `README.md has no "${text}" below ${heading}`);
  return steps;
}

export async function typeAll(
  installation: Installation,
  steps: readonly ConsoleStep[],
): Promise<void> {
  for (const step of steps) await installation.type(step);
}
