/** Completion for bash 4 and newer, without the package bash-completion. Pure. */

import { type Candidates, type CompletedCommand, quoted, spellingsOf } from "./completion_model.ts";

/** The script for `source <(vm-dhcp completion bash)`. */
export function bashScript(commands: readonly CompletedCommand[]): string {
  return `# Completion of vm-dhcp for bash. Made by: vm-dhcp completion bash

_vm_dhcp() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} command=\${COMP_WORDS[1]}
  local kind='' words=0 i
  COMPREPLY=()
  # What stands before and after an equals sign are words of their own.
  [[ $cur == = ]] && cur=
  [[ $prev == = ]] && prev=\${COMP_WORDS[COMP_CWORD - 2]}
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W ${
    quoted(commands.map(({ name }) => name).join(" "))
  } -- "$cur")
    return
  fi
  case $command:$prev in
${commands.flatMap(valueCases).map((line) => `    ${line}`).join("\n")}
  esac
  if [[ -z $kind && $cur == -* ]]; then
    case $command in
${commands.map((command) => `      ${flagCase(command)}`).join("\n")}
    esac
  elif [[ -z $kind ]]; then
    for ((i = 2; i < COMP_CWORD; i++)); do
      case $command:\${COMP_WORDS[i]} in
        ${commands.flatMap(valueFlags).join(" | ")})
          ((i++))
          [[ \${COMP_WORDS[i]} == = ]] && ((i++))
          ;;
        *:-*) ;;
        *) ((words++)) ;;
      esac
    done
    case $command:$words in
${commands.flatMap(wordCases).map((line) => `      ${line}`).join("\n")}
    esac
  fi
  case $kind in
    file | folder)
      compopt -o filenames 2>/dev/null
      [[ $kind == folder ]] && i=-d || i=-f
      mapfile -t COMPREPLY < <(compgen $i -- "$cur")
      ;;
    '' | anything) ;;
    *) mapfile -t COMPREPLY < <(compgen -W "$kind" -- "$cur") ;;
  esac
}

complete -F _vm_dhcp vm-dhcp`;
}

/** Flags whose value is the next word, as patterns. */
function valueFlags({ name, flags }: CompletedCommand): readonly string[] {
  return flags.filter(({ value }) => value !== undefined)
    .flatMap(spellingsOf).map((spelling) => `${name}:${spelling}`);
}

function valueCases({ name, flags }: CompletedCommand): readonly string[] {
  return flags.flatMap((flag) => {
    if (flag.value === undefined) return [];
    const patterns = spellingsOf(flag).map((spelling) => `${name}:${spelling}`).join(" | ");
    return [`${patterns}) kind=${kindOf(flag.value.candidates)} ;;`];
  });
}

function flagCase({ name, flags }: CompletedCommand): string {
  return `${name}) kind=${
    quoted(flags.flatMap(({ names }) => names).map((flag) => `--${flag}`).join(" "))
  } ;;`;
}

function wordCases({ name, words }: CompletedCommand): readonly string[] {
  return words.map((candidates, i) => `${name}:${i}) kind=${kindOf(candidates)} ;;`);
}

function kindOf(candidates: Candidates): string {
  return quoted(typeof candidates === "string" ? candidates : candidates.join(" "));
}
