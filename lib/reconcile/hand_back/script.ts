/** What is in the way of the Go program as a shell script: comments, each with its commands below. */

import { terminalText } from "../../base/terminal_text.ts";
import { lostFieldsOf, obstaclesOf } from "./hand_back.ts";
import type { HandBackWorld } from "./obstacle.ts";

/** The lines, and whether nothing is in the way. */
export interface HandBackScript {
  readonly lines: readonly string[];
  readonly isClear: boolean;
}

/**
 * Writes the script. Whatever objects say of themselves stays in the comments, and does not steer a terminal.
 * In the JSON of a command the escapes mean the same.
 */
export function handBackScript(world: HandBackWorld): HandBackScript {
  const obstacles = obstaclesOf(world);
  const isClear = obstacles.length === 0;
  const lines = [
    ...obstacles.flatMap(({ about, says, commands, cure }) => [
      comment(`${about}: ${says}${cure === undefined ? "" : `; ${cure}`}`),
      ...commands,
    ]),
    ...lostFieldsOf(world).map(({ about, fields }) =>
      comment(`${about}: the Go program drops ${fields.join(", ")}`)
    ),
    ...(isClear ? [comment("nothing is in the way of the Go program")] : []),
  ];
  return { lines: lines.map(terminalText), isClear };
}

/** A line break would end the comment, and the shell would run what comes after it. */
function comment(text: string): string {
  return `# ${text.replaceAll("\n", "\\n")}`;
}
