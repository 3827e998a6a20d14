/** Completion for zsh. Pure. */

import {
  type Candidates,
  type CompletedCommand,
  type CompletedFlag,
  quoted,
} from "./completion_model.ts";

/** The script for `source <(vm-dhcp completion zsh)`, or for a file `_vm-dhcp` in a folder of `fpath`. */
export function zshScript(commands: readonly CompletedCommand[]): string {
  return `#compdef vm-dhcp
# Completion of vm-dhcp for zsh. Made by: vm-dhcp completion zsh

_vm_dhcp() {
  local -a commands
  commands=(
${commands.map(({ name, summary }) => `    ${quoted(`${name}:${escaped(summary)}`)}`).join("\n")}
  )
  if ((CURRENT == 2)); then
    _describe -t commands command commands
    return
  fi
  local command=\${words[2]}
  ((CURRENT--))
  shift words
  case $command in
${commands.map(commandCase).join("\n")}
  esac
}

if [[ \${funcstack[1]} == _vm* ]]; then
  _vm_dhcp "$@"
else
  compdef _vm_dhcp vm-dhcp
fi`;
}

function commandCase({ name, flags, words }: CompletedCommand): string {
  const specs = [
    ...flags.flatMap(flagSpecs),
    ...words.map((candidates, i) => `${i + 1}:argument:${actionOf(candidates)}`),
  ];
  const lines = specs.map((spec) => `        ${quoted(spec)}`).join(" \\\n");
  return `    ${name})\n      _arguments \\\n${lines}\n      ;;`;
}

function flagSpecs({ names, letter, help, isList, value }: CompletedFlag): readonly string[] {
  const description = `[${escaped(help)}]`;
  const rest = value === undefined
    ? description
    : `${description}:${escaped(value.placeholder)}:${actionOf(value.candidates)}`;
  const often = isList ? "*" : "";
  return [
    ...names.map((name) => `${often}--${name}${value === undefined ? "" : "="}${rest}`),
    ...letter === undefined ? [] : [`${often}-${letter}${value === undefined ? "" : "+"}${rest}`],
  ];
}

function actionOf(candidates: Candidates): string {
  switch (candidates) {
    case "file":
      return "_files";
    case "folder":
      return "_files -/";
    case "anything":
      return " ";
    default:
      return `(${candidates.join(" ")})`;
  }
}

/** What stands in brackets or between colons. */
function escaped(text: string): string {
  return text.replaceAll(/[[\]:\\]/g, "\\$&");
}
