/** Whether the API server asks the webhook. The requests are dry runs. */

import { messageOf } from "../../../lib/base/errors.ts";
import { isStatus, type KubeClient } from "../../../lib/kube/contract.ts";
import { definitionsProblem, samplePool, tryPool } from "./pool_question.ts";
import type { Question } from "./question.ts";

/** Which webhook is meant, and where a pool is tried. */
export interface WebhookQuestionOptions {
  /** Name of its configurations. */
  readonly name: string;
  readonly namespace: string;
}

/** Outside of the subnet: no definition compares the two, but the webhook does. */
const WRONG_ROUTER = "198.51.100.1";

const LEFT_OUT = "spec.ipv4Config.serverIP";

/** Of the reasons for which a question of an API server fails, what to look at. */
const CURES: readonly (readonly [reason: RegExp, cure: string])[] = [
  [
    /x509|certificate/,
    "the configuration trusts another authority. A webhook that may write it puts that right within " +
    "ten seconds; its log says what keeps it from that",
  ],
  [
    /no endpoints available|service ".*" not found/,
    "no replica is ready: look at the Deployment, the pods and the Service of the webhook",
  ],
  [
    /currently unable to handle/,
    "its caches are not synced with the API server; its log says why",
  ],
  [
    /dial tcp|deadline exceeded|Timeout/,
    "no replica is ready, or API servers do not reach port 8443 of its pods: look at the pods, then " +
    "at NetworkPolicies and firewalls",
  ],
];

/** What has to be so for the webhook to be of use. */
export function webhookQuestions(
  client: KubeClient,
  options: WebhookQuestionOptions,
): readonly Question[] {
  const { name } = options;
  return [
    {
      ask: () => tryWrongPool(client, options),
      good: `the API server refuses a wrong IPPool because the webhook ${name} says so`,
    },
    {
      ask: () => tryPoolWithGaps(client, options),
      good: `the webhook ${name} fills in what an IPPool leaves out`,
    },
  ];
}

async function tryWrongPool(
  client: KubeClient,
  { name, namespace }: WebhookQuestionOptions,
): Promise<string | undefined> {
  const pool = samplePool(namespace, { router: WRONG_ROUTER });
  const error = await tryPool(client, pool);
  if (error === undefined) {
    return `the API server takes an IPPool with a router outside of its subnet, so it does not ask ` +
      `the webhook ${name}: there is no ValidatingWebhookConfiguration ${name}, which the webhook ` +
      "makes when it starts, or this identity is that of the controller, which is never judged";
  }
  if (isDenial(error, name)) return undefined;
  const what = `the webhook ${name} cannot be asked about an IPPool`;
  return definitionsProblem(error, what) ?? withCure(what, error);
}

/** That what is filled in is refused for its router is the other question. */
async function tryPoolWithGaps(
  client: KubeClient,
  { name, namespace }: WebhookQuestionOptions,
): Promise<string | undefined> {
  const pool = samplePool(namespace, { router: WRONG_ROUTER, serverIP: undefined });
  const error = await tryPool(client, pool);
  const isMissing = isStatus(error, 422) && !isDenial(error, name) &&
    error.causes.some(({ field }) => field === LEFT_OUT);
  if (!isMissing) return undefined;
  return `nothing fills in the serverIP of an IPPool: the API server cannot ask the webhook ${name}, ` +
    `or has no MutatingWebhookConfiguration ${name}, which the webhook makes when it starts`;
}

/** The name of an entry ends with that of its configuration. */
function isDenial(error: unknown, name: string): boolean {
  return isStatus(error, 422) && error.message.includes(`.${name}" denied the request: `);
}

function withCure(what: string, error: unknown): string {
  const message = messageOf(error);
  const [, cure] = CURES.find(([reason]) => reason.test(message)) ?? [];
  return `${what}: ${message}${cure === undefined ? "" : `; ${cure}`}`;
}
