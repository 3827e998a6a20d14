/** All commands as text. */

import { nearestName } from "../../lib/base/nearest_name.ts";
import type { CommandEntry } from "./command.ts";

/** The text of `vm-dhcp --help`. */
export function describeCommands(entries: readonly CommandEntry[]): string {
  const rows = entries.map(({ name, summary }) => `  ${name.padEnd(12)}${summary}`);
  return `vm-dhcp hands out the addresses of IPPool objects to virtual machines by DHCP.

Usage:
  vm-dhcp COMMAND [flags]

Commands:
${rows.join("\n")}

Run 'vm-dhcp COMMAND --help' for the flags of a command and an example.`;
}

/** What is said of a name that no command has. */
export function unknownCommand(name: string, entries: readonly CommandEntry[]): string {
  const meant = nearestName(name, entries.map((entry) => entry.name));
  return `unknown command "${name}"${meant === undefined ? "" : `, did you mean ${meant}?`}`;
}
