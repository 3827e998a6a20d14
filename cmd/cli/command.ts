/** A command: its help, its flags and its action. */

import type { PermissionName } from "../../lib/sys/host/permissions.ts";
import { describeFlags, type Environment, type FlagTable } from "./flags.ts";

/** The process that a command runs in. */
export interface Invocation {
  /** Arguments after the command's name. */
  readonly args: readonly string[];
  readonly env: Environment;
  /** Aborts when the process is asked to end. */
  readonly signal: AbortSignal;
  /** Writes a line to stdout. */
  readonly print: (line: string) => void;
  /** Calls back at each SIGHUP. */
  readonly onReload: (reload: () => void) => void;
}

/** A command of the executable. */
export interface Command {
  readonly name: string;
  /** Two or three sentences for `--help`. */
  readonly description: string;
  /** The command line after `vm-dhcp`. */
  readonly synopsis: string;
  readonly flags: FlagTable;
  /** What the words of its command line may be, in their order: a file, or one of several. */
  readonly words?: readonly ("file" | readonly string[])[];
  readonly example: string;
  /** What it may do; it may give up more when it knows what it was asked for. */
  readonly permissions: readonly PermissionName[];
  /**
   * Runs until done or until the signal aborts.
   *
   * @returns The exit status, where a command that did what it should has several; else it is 0.
   * @throws {CommandError} for faults that the operator can mend, {@link UsageError} for bad
   * arguments.
   */
  run(invocation: Invocation): void | Promise<void | number>;
}

/** A command in the list of all. */
export interface CommandEntry {
  readonly name: string;
  /** One sentence for `vm-dhcp --help`. */
  readonly summary: string;
  // Loaded on demand, so that `vm-dhcp version` does not load the packet path.
  readonly load: () => Promise<Command>;
}

/** A failure that the operator can mend: one message on stderr, exit status 1. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

/** The text of `vm-dhcp COMMAND --help`. */
export function describeCommand(command: Command): string {
  const flags = {
    ...command.flags,
    help: { kind: "switch", help: "Print this text and exit." } as const,
  };
  return `${command.description}

Usage:
  vm-dhcp ${command.synopsis}

Flags:
${describeFlags(flags)}

Example:
${command.example}`;
}
