/** `vm-dhcp explain` */

import { nearestName } from "../lib/base/nearest_name.ts";
import type { Subject } from "../lib/explain/contract.ts";
import { explain } from "../lib/explain/explain.ts";
import { explanationText } from "../lib/explain/text.ts";
import { readPodNamespace } from "../lib/kube/access/load_cluster_access.ts";
import { formatIpv4Address, parseIpv4Address } from "../lib/net/ipv4_address.ts";
import { formatMacAddress, parseMacAddress } from "../lib/net/mac_address.ts";
import type { Command } from "./cli/command.ts";
import { parseNamespace, parseNamespacedName, parseObjectName } from "./cli/flag_values.ts";
import { type FlagTable, parseArguments, UsageError } from "./cli/flags.ts";
import { answer, SESSION_FLAGS } from "./compose/explain/session.ts";
import { readWorldOf } from "./compose/explain/world.ts";

const FLAGS = {
  ...SESSION_FLAGS,
  namespace: {
    kind: "value",
    placeholder: "NAMESPACE",
    help: "Namespace of what is named without one. By default that of the kubeconfig's context.",
    short: "n",
    parse: parseNamespace,
  },
} as const satisfies FlagTable;

/** What can be explained, under the names that kubectl knows, too. */
const KINDS: Readonly<Record<string, Subject["kind"]>> = {
  vm: "vm",
  pool: "pool",
  network: "network",
  mac: "mac",
  address: "address",
  vmnetcfg: "vm",
  ippool: "pool",
  ip: "address",
};

const USAGE = "say what to explain: vm, pool, network, mac or address, and its name";

export const explainCommand: Command = {
  name: "explain",
  description:
    "Says why a VM has no address, or which address it has; which VM an address or a MAC belongs to; when\n" +
    "its client last asked; which unknown machines ask, and which other servers answer. The verdict comes\n" +
    "first, then the checks behind it, with what to do where one failed. It reads with your own\n" +
    "rights, changes nothing, and asks agents as kubectl port-forward does. Status 0: all is well; 1: it is\n" +
    "not; 3: it could not be decided.",
  synopsis: "explain vm|pool|network|mac|address NAME [flags]",
  flags: FLAGS,
  words: [["vm", "pool", "network", "mac", "address"]],
  example: "  vm-dhcp explain vm test-vm\n" +
    "  vm-dhcp explain address 192.168.48.82\n" +
    "  kubectl vmdhcp explain pool default/ippool-1 -o json   # linked as kubectl-vmdhcp on PATH",
  permissions: ["env", "net", "read", "run", "sys", "write"],
  async run(invocation) {
    const { flags, words } = parseArguments(FLAGS, invocation.args, invocation.env);
    const named = parseWords(words);
    return await answer(
      {
        command: "explain",
        show: explanationText,
        explain: async (source, { namespace }) => {
          const subject = named(
            flags.namespace ?? namespace ?? await readPodNamespace() ?? "default",
          );
          return explain(subject, await readWorldOf(subject, source, invocation.signal));
        },
      },
      flags,
      invocation,
    );
  },
};

/**
 * Reads what is to be explained.
 *
 * @returns What it is once the namespace is known.
 * @throws {UsageError} that says what is expected.
 */
function parseWords(words: readonly string[]): (namespace: string) => Subject {
  const [word, text, ...more] = words;
  if (word === undefined) throw new UsageError(USAGE);
  const kind = Object.hasOwn(KINDS, word) ? KINDS[word]! : undefined;
  if (kind === undefined) {
    const meant = nearestName(word, Object.keys(KINDS));
    throw new UsageError(
      `cannot explain "${word}"${meant === undefined ? `; ${USAGE}` : `, did you mean ${meant}?`}`,
    );
  }
  if (text === undefined) throw new UsageError(`${word} of which name? ${USAGE}`);
  if (more.length > 0) throw new UsageError(`unexpected argument "${more[0]}"`);
  const quoted = `${word} "${text}"`;
  switch (kind) {
    case "mac": {
      const mac = parseMacAddress(text);
      if (mac === undefined) throw new UsageError(`${quoted} is not like 52:54:00:aa:00:01`);
      return () => ({ kind, text: formatMacAddress(mac) });
    }
    case "address": {
      const address = parseIpv4Address(text);
      if (address === undefined) throw new UsageError(`${quoted} is not like 192.168.48.82`);
      return () => ({ kind, text: formatIpv4Address(address) });
    }
    default: {
      const name = quoting(
        quoted,
        () =>
          text.includes("/")
            ? parseNamespacedName(text)
            : { namespace: undefined, name: parseObjectName(text) },
      );
      return (namespace) => ({ kind, name: { ...name, namespace: name.namespace ?? namespace } });
    }
  }
}

function quoting<T>(quoted: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${quoted} ${error.message}`);
  }
}
