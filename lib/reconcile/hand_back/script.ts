/** What is in the way of the Go program as a shell script: comments, each with its commands below. */

import { lostFieldsOf, obstaclesOf } from "./hand_back.ts";
import type { HandBackWorld } from "./obstacle.ts";

/** The lines, and whether nothing is in the way. */
export interface HandBackScript {
  readonly lines: readonly string[];
  readonly isClear: boolean;
}

/** Writes the script. What objects say of themselves stays in the comments, whatever it is. */
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
  return { lines, isClear };
}

/** A line break would end the comment, and the shell would run what comes after it. */
function comment(text: string): string {
  return `# ${text.replaceAll("\r", "\\r").replaceAll("\n", "\\n")}`;
}
