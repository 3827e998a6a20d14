/** Chooses the command, runs it, and turns its outcome into an exit status. */

import process from "node:process";
import { errorOf, messageOf } from "../lib/base/errors.ts";
import type { Command, CommandEntry } from "./cli/command.ts";
import { CommandError, describeCommand } from "./cli/command.ts";
import { describeCommands, unknownCommand } from "./cli/command_list.ts";
import { describeIgnoredVariables, UsageError } from "./cli/flags.ts";
import { PROXY_VARIABLES } from "../lib/kube/access/proxy_variables.ts";
import { goArgumentsOf } from "./cli/go_arguments.ts";
import { flushOutput, printResult, STDERR } from "../lib/sys/host/output.ts";
import { keepPermissions } from "../lib/sys/host/permissions.ts";
import type { ProcessSignals } from "./cli/signals.ts";
import { buildOf } from "./cli/build.ts";

/** All commands, in the order of the help. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: "controller",
    summary: "Assign addresses to the NICs of VMs (in a cluster).",
    load: async () => (await import("./controller.ts")).controllerCommand,
  },
  {
    name: "agent",
    summary: "Answer DHCP for one IPPool on a network interface (in a cluster).",
    load: async () => (await import("./agent.ts")).agentCommand,
  },
  {
    name: "webhook",
    summary: "Judge objects before they are stored, and fill in pools (in a cluster).",
    load: async () => (await import("./webhook.ts")).webhookCommand,
  },
  {
    name: "standalone",
    summary: "Run everything in one process, without a cluster.",
    load: async () => (await import("./standalone.ts")).standaloneCommand,
  },
  {
    name: "explain",
    summary: "Say why a VM has no address, who holds an address, and who asks.",
    load: async () => (await import("./explain.ts")).explainCommand,
  },
  {
    name: "status",
    summary: "Show controllers, pools and webhooks, and what is wrong with them.",
    load: async () => (await import("./status.ts")).statusCommand,
  },
  {
    name: "crds",
    summary: "Print the CustomResourceDefinitions as YAML.",
    load: async () => (await import("./crds.ts")).crdsCommand,
  },
  {
    name: "check",
    summary: "Check that an installation works, or files of --manifests are right.",
    load: async () => (await import("./check.ts")).checkCommand,
  },
  {
    name: "trace",
    summary: "Print what becomes of a packet, from a frame or a capture.",
    load: async () => (await import("./trace.ts")).traceCommand,
  },
  {
    name: "backup",
    summary: "Back up the data folder of standalone, which may run.",
    load: async () => (await import("./backup.ts")).backupCommand,
  },
  {
    name: "uninstall",
    summary: "Take back what a controller has made (in a cluster).",
    load: async () => (await import("./uninstall.ts")).uninstallCommand,
  },
  {
    name: "completion",
    summary: "Print a script for the completion of bash, zsh or fish.",
    load: async () => (await import("./completion.ts")).createCompletionCommand(COMMANDS),
  },
  {
    name: "help",
    summary: "Print the help of a command.",
    load: async () => (await import("./help.ts")).createHelpCommand(COMMANDS),
  },
  {
    name: "version",
    summary: "Print the version and the build.",
    load: async () => (await import("./version.ts")).versionCommand,
  },
];

/** Exit status of a command that failed. */
const FAILED = 1;
/** Exit status of a command line that is not understood. */
const MISUSED = 2;

/**
 * Runs the command that the process was called with, and gives readers the time to take its output.
 *
 * @param signals Caught since the process began.
 * @returns The exit status: 0 done, 1 failed, 2 bad command line, or what the command says.
 */
export async function run(signals: ProcessSignals): Promise<number> {
  try {
    return await runChosen(signals);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    STDERR.write(`vm-dhcp: ${error.message}`);
    return FAILED;
  } finally {
    await flushOutput();
  }
}

async function runChosen(signals: ProcessSignals): Promise<number> {
  const { name, args, calledAs } = chooseCommand(process.argv0, Deno.args);
  if (name === undefined || name === "--help" || name === "-h") {
    print(describeCommands(COMMANDS));
    return name === undefined ? MISUSED : 0;
  }
  const entry = COMMANDS.find((each) => each.name === (name === "--version" ? "version" : name));
  if (entry === undefined) {
    STDERR.write(`vm-dhcp: ${withHelp(unknownCommand(name, COMMANDS), "--help")}`);
    return MISUSED;
  }
  const command = await entry.load();
  if (args.includes("--help") || args.includes("-h")) {
    print(describeCommand(command));
    return 0;
  }
  if (args.includes("--version") || calledAs !== undefined && args.includes("-v")) {
    print(buildOf(calledAs));
    return 0;
  }
  const { args: heeded, ignored } = calledAs === undefined
    ? { args, ignored: [] }
    : goArgumentsOf(command.flags, args);
  for (const sentence of ignored) STDERR.write(`vm-dhcp ${command.name}: ${sentence}`);
  return await runCommand(command, heeded, signals);
}

async function runCommand(
  command: Command,
  args: readonly string[],
  signals: ProcessSignals,
): Promise<number> {
  const env = Deno.env.toObject();
  // The runtime would read them by rules of its own, which send even loopback to the proxy.
  for (const name of PROXY_VARIABLES) Deno.env.delete(name);
  keepPermissions(command.permissions);
  for (const sentence of describeIgnoredVariables(command.flags, env)) {
    STDERR.write(`vm-dhcp ${command.name}: ${sentence}`);
  }
  try {
    const status = await command.run({
      args,
      env,
      signal: signals.shutdown,
      print,
      onReload: signals.onHangup,
    });
    return status ?? 0;
  } catch (error) {
    if (error instanceof UsageError) {
      STDERR.write(`vm-dhcp ${command.name}: ${withHelp(error.message, `${command.name} --help`)}`);
      return MISUSED;
    }
    if (error instanceof CommandError) {
      STDERR.write(`vm-dhcp ${command.name}: ${error.message}`);
      return FAILED;
    }
    // A bug. The runtime would only count it as one more unhandled error.
    const { stack, message } = errorOf(error);
    STDERR.write(`vm-dhcp ${command.name}: internal error: ${stack ?? message}`);
    return FAILED;
  }
}

/** A message with where to read on. */
function withHelp(message: string, help: string): string {
  return `${message}${message.endsWith("?") ? " See" : "; see"} 'vm-dhcp ${help}'`;
}

/** @throws {CommandError} when the output cannot be written. */
function print(text: string): void {
  try {
    printResult(text);
  } catch (error) {
    throw new CommandError(`cannot write to the standard output: ${messageOf(error)}`);
  }
}

/**
 * The command and its arguments. An executable called `vm-dhcp-agent` is the command `agent`:
 * existing manifests use such names and pass flags only.
 *
 * @param executable Name that the process was called by.
 * @returns In `calledAs` that name, where it stands for a command.
 */
export function chooseCommand(
  executable: string,
  args: readonly string[],
): {
  readonly name: string | undefined;
  readonly args: readonly string[];
  readonly calledAs?: string;
} {
  const [, calledAs, name] = /(?:^|\/)(vm-dhcp-(controller|agent|webhook))$/.exec(executable) ?? [];
  return calledAs === undefined ? { name: args[0], args: args.slice(1) } : { name, args, calledAs };
}
