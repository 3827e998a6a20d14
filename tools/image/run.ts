/** Programs that a tool needs the output of. */

import { PROJECT } from "../steps.ts";

/** Runs a program in the project's folder. @throws {Error} with its words when it fails. */
export async function run(program: string, ...args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    cwd: PROJECT,
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  if (success) return text.decode(stdout);
  throw new Error(`${program} ${args.join(" ")} failed: ${text.decode(stderr)}`);
}
