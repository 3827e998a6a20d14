/** Completion for fish. Pure. */

import {
  type Candidates,
  type CompletedCommand,
  type CompletedFlag,
  spellingsOf,
} from "./completion_model.ts";

/** The script for `vm-dhcp completion fish | source`. */
export function fishScript(commands: readonly CompletedCommand[]): string {
  const lines = commands.flatMap((command) => [
    `complete -c vm-dhcp -n __vm_dhcp_is_first -a ${quoted(command.name)} -d ${
      quoted(command.summary)
    }`,
    ...command.flags.map((flag) => flagLine(command.name, flag)),
    ...command.words.map((candidates, i) => wordLine(command, candidates, i)),
  ]);
  return `# Completion of vm-dhcp for fish. Made by: vm-dhcp completion fish

function __vm_dhcp_is_first
    test (count (commandline -opc)) -eq 1
end

# Whether the command is the first argument. With a number, whether it has as many words so far; flags
# whose value is no word follow.
function __vm_dhcp_is
    set -l words (commandline -opc)
    test (count $words) -gt 1; and test $words[2] = $argv[1]; or return 1
    test (count $argv) -gt 1; or return 0
    set -l found 0
    set -l is_value 0
    for word in $words[3..]
        if test $is_value -eq 1
            set is_value 0
        else if contains -- $word $argv[3..]
            set is_value 1
        else if not string match -q -- '-*' $word
            set found (math $found + 1)
        end
    end
    test $found -eq $argv[2]
end

complete -c vm-dhcp -f
${lines.join("\n")}`;
}

function flagLine(command: string, { names, letter, help, value }: CompletedFlag): string {
  return [
    `complete -c vm-dhcp -n ${quoted(`__vm_dhcp_is ${command}`)}`,
    ...names.map((name) => `-l ${name}`),
    ...letter === undefined ? [] : [`-s ${letter}`],
    ...value === undefined ? [] : [`-r ${sourceOf(value.candidates)}`],
    `-d ${quoted(help)}`,
  ].filter((part) => part !== "").join(" ");
}

function wordLine(
  { name, flags }: CompletedCommand,
  candidates: Candidates,
  index: number,
): string {
  const withValue = flags.filter(({ value }) => value !== undefined).flatMap(spellingsOf);
  const condition = ["__vm_dhcp_is", name, index, ...withValue].join(" ");
  return `complete -c vm-dhcp -n ${quoted(condition)} ${sourceOf(candidates)}`;
}

function sourceOf(candidates: Candidates): string {
  switch (candidates) {
    case "file":
      return "-F";
    case "folder":
      return "-f -a '(__fish_complete_directories)'";
    case "anything":
      return "-f";
    default:
      return `-f -a ${quoted(candidates.join(" "))}`;
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, "\\$&")}'`;
}
