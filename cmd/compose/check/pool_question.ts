/** Whether the API server takes an IPPool with fields of this version. The request is a dry run. */

import type { JsonObject } from "../../../lib/base/json.ts";
import type { KubeObject } from "../../../lib/api/meta.ts";
import { apiVersionOf, IPPOOLS } from "../../../lib/api/resources.ts";
import { messageOf } from "../../../lib/base/errors.ts";
import { isStatus, type KubeClient } from "../../../lib/kube/contract.ts";
import { APPLY_DEFINITIONS } from "../definitions.ts";
import { ANSWER_MS_MAX, type Question } from "./question.ts";

/** @param namespace Where the pool would be. */
export function poolQuestion(client: KubeClient, namespace: string): Question {
  return {
    ask: async () => {
      const error = await tryPool(client, samplePool(namespace));
      if (error === undefined) return undefined;
      const what = `the API server takes no IPPool in the namespace ${namespace}`;
      return definitionsProblem(error, what) ?? `${what}: ${messageOf(error)}`;
    },
    good: `the API server takes an IPPool in the namespace ${namespace}`,
  };
}

/** Has the API server say whether it would take a pool. @returns Why it would not. */
export async function tryPool(client: KubeClient, pool: KubeObject): Promise<unknown> {
  const signal = AbortSignal.timeout(ANSWER_MS_MAX);
  try {
    await client.create(IPPOOLS, pool, { dryRun: true, refusesUnknownFields: true, signal });
    return undefined;
  } catch (error) {
    if (!signal.aborted) return error;
    return new Error(`the API server has not answered within ${ANSWER_MS_MAX / 1000} s`);
  }
}

/** What to do where a pool is refused because of the definitions; `undefined` where it is not. */
export function definitionsProblem(error: unknown, what: string): string | undefined {
  const isOld = isStatus(error, 400) && /unknown field/.test(error.message);
  if (!isStatus(error, 404) && !isOld) return undefined;
  return `${what}: the CustomResourceDefinitions are missing or old; run: ${APPLY_DEFINITIONS}`;
}

/**
 * A pool that nobody uses, with changes of its `spec.ipv4Config`. It has addresses of documentation
 * (RFC 5737). The MTU is not in the definitions of the Go program.
 */
export function samplePool(namespace: string, changes: JsonObject = {}): KubeObject {
  return {
    apiVersion: apiVersionOf(IPPOOLS),
    kind: IPPOOLS.kind,
    metadata: { name: `check-${crypto.randomUUID()}`, namespace },
    spec: {
      networkName: `${namespace}/check`,
      ipv4Config: {
        serverIP: "192.0.2.1",
        cidr: "192.0.2.0/24",
        pool: { start: "192.0.2.10", end: "192.0.2.20" },
        mtu: 1500,
        ...changes,
      },
    },
  };
}
