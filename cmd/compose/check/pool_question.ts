/** Whether the API server takes an IPPool with fields of this version. The request is a dry run. */

import type { KubeObject } from "../../../lib/api/meta.ts";
import { apiVersionOf, IPPOOLS } from "../../../lib/api/resources.ts";
import { messageOf } from "../../../lib/base/errors.ts";
import { isStatus, type KubeClient } from "../../../lib/kube/contract.ts";
import { APPLY_DEFINITIONS } from "../definitions.ts";
import { ANSWER_MS_MAX, type Question } from "./question.ts";

/** @param namespace Where the pool would be. */
export function poolQuestion(client: KubeClient, namespace: string): Question {
  return {
    ask: () => tryPool(client, namespace),
    good: `the API server takes an IPPool in the namespace ${namespace}`,
  };
}

async function tryPool(client: KubeClient, namespace: string): Promise<string | undefined> {
  try {
    const signal = AbortSignal.timeout(ANSWER_MS_MAX);
    const options = { dryRun: true, refusesUnknownFields: true, signal } as const;
    await client.create(IPPOOLS, samplePool(namespace), options);
    return undefined;
  } catch (error) {
    const what = `the API server takes no IPPool in the namespace ${namespace}`;
    const isOld = isStatus(error, 400) && /unknown field/.test(error.message);
    if (isStatus(error, 404) || isOld) {
      return `${what}: the CustomResourceDefinitions are missing or old; run: ${APPLY_DEFINITIONS}`;
    }
    return `${what}: ${messageOf(error)}`;
  }
}

/** Addresses of documentation (RFC 5737). The MTU is not in the definitions of the Go program. */
function samplePool(namespace: string): KubeObject {
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
      },
    },
  };
}
