/** What a command is: its place in the help, its flags, and what it does. */

import type { LogLevel } from "../lib/observe/logger.ts";
import { describeFlags, type Environment, type FlagTable, type SwitchFlag } from "./flags.ts";

/** What a command gets from the process that runs it. */
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
  readonly example: string;
  /**
   * Runs until done or until the signal aborts.
   *
   * @throws {CommandError} for what the operator can mend, {@link UsageError} for bad arguments.
   */
  run(invocation: Invocation): Promise<void>;
}

/** A failure that the operator can mend: one message on stderr, exit status 1. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

/** Flags that every long-running command has. */
export function logFlags(envPrefix?: string): { debug: SwitchFlag } {
  return {
    debug: {
      kind: "switch",
      help: "Log details, such as each packet's outcome.",
      alias: "trace",
      ...(envPrefix === undefined ? {} : { env: [`${envPrefix}_DEBUG`, `${envPrefix}_TRACE`] }),
    },
  };
}

/** The level that the flags of {@link logFlags} ask for. */
export function logLevelOf(values: { readonly debug: boolean }): LogLevel {
  return values.debug ? "debug" : "info";
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
