/** `vm-dhcp check` of an installation: whether it works, by asking it. Nothing is made. */

import { readPodNamespace } from "../../../lib/kube/access/load_cluster_access.ts";
import { CommandError, type Invocation } from "../../cli/command.ts";
import { CLUSTER_FLAGS } from "../../cli/common_flags.ts";
import { parseHostAndPort, parseNamespace, parseObjectName } from "../../cli/flag_values.ts";
import { type FlagTable, type FlagValues } from "../../cli/flags.ts";
import { connectBriefly } from "../brief_connection.ts";
import { controllerQuestion } from "./controller_question.ts";
import { poolQuestion } from "./pool_question.ts";
import { answerOf, type Question } from "./question.ts";
import { webhookQuestions } from "./webhook_questions.ts";

/** Flags of this way to check. */
export const INSTALLATION_FLAGS = {
  ...CLUSTER_FLAGS,
  controller: {
    kind: "value",
    placeholder: "HOST:PORT",
    help: "Where the controller serves /readyz. Without it, the controller is not asked.",
    parse: parseHostAndPort,
  },
  webhook: {
    kind: "value",
    placeholder: "NAME",
    help:
      "Name of the webhook that the API server has to ask, which is that of its configurations. " +
      "Without it, the IPPool that is tried has to be taken.",
    parse: parseObjectName,
  },
  namespace: {
    kind: "value",
    placeholder: "NAMESPACE",
    help:
      "Namespace of the IPPool that is tried. By default that of the pod; outside of a pod that " +
      "of the kubeconfig's context, or else default.",
    parse: parseNamespace,
  },
} as const satisfies FlagTable;

/**
 * Asks until everything is well, for half a minute at most.
 *
 * @throws {CommandError} that says what is wrong.
 */
export async function checkInstallation(
  options: FlagValues<typeof INSTALLATION_FLAGS>,
  { env, signal, print }: Invocation,
): Promise<void> {
  const brief = { command: "check", level: "warn" } as const;
  const { client, access, parts } = await connectBriefly(brief, options, env);
  const namespace = options.namespace ?? await readPodNamespace() ?? access.namespace ?? "default";
  const { controller, webhook } = options;
  const questions: readonly Question[] = [
    ...(controller === undefined ? [] : [controllerQuestion(controller)]),
    ...(webhook === undefined
      ? [poolQuestion(client, namespace)]
      : webhookQuestions(client, { name: webhook, namespace })),
  ];
  try {
    const problems = (await Promise.all(
      questions.map((question) => answerOf(question, parts.clock, signal)),
    )).filter((problem) => problem !== undefined);
    if (problems.length > 0) throw new CommandError(problems.join("; "));
  } finally {
    client.close();
  }
  for (const { good } of questions) print(good);
}
