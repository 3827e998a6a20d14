/** What the API server said no to, in words that a pool's condition and the log can have. */

import type { KubeObject } from "../../api/meta.ts";
import { isNamespaceGoing, isStatus, type StatusError } from "../../kube/contract.ts";
import type { AgentStep } from "../../reconcile/agent_deployment/agent_world.ts";

/** Why agents of a pool are not as they should be. */
export interface Refusal {
  /** CamelCase word for programs. */
  readonly reason: string;
  /** Sentence for people, with the cure. */
  readonly message: string;
  /** The same for all pools that are refused for one cause. */
  readonly cause: string;
}

/** What RBAC answers: the right that is missing. */
const MISSING_RIGHT = /cannot \w+ resource .*/;

/**
 * The refusal that an error is; `undefined` for one that another attempt may mend, or that needs no cure.
 *
 * @param what Says what was tried, such as `create Deployment vm-dhcp/default-net-48-agent`.
 */
export function refusalOf(error: unknown, what: string): Refusal | undefined {
  if (isNamespaceGoing(error)) return undefined;
  // Webhooks refuse with any of these.
  if (!isStatus(error, 400, 403, 413, 422)) return undefined;
  const right = MISSING_RIGHT.exec(error.message)?.[0];
  return right === undefined
    ? {
      reason: "Refused",
      message: `the API server refuses to ${what}: ${error.message}`,
      cause: what,
    }
    : missingRight(right);
}

/** The refusal of a kind that may not be read. */
export function unreadableKind({ code, message }: StatusError): Refusal {
  const right = MISSING_RIGHT.exec(message)?.[0];
  if (code === 403 && right !== undefined) return missingRight(right);
  return { reason: "Refused", message, cause: message };
}

/** An object that is not ours has the name. */
export function nameTaken({ kind, metadata }: KubeObject): Refusal {
  const message =
    `${kind} ${metadata.namespace}/${metadata.name} is in the way: it is not of this ` +
    "pool; delete it, or give the pool another name";
  return { reason: "NameTaken", message, cause: message };
}

/** Somebody undoes each time what is done to an object. */
export function contested(step: AgentStep): Refusal {
  const { metadata } = step.object;
  const what = `${step.type.kind} ${metadata.namespace}/${metadata.name}`;
  const message = `${what} is ${UNDONE[step.do]}. The controller tries it a few times in 5 minutes`;
  return { reason: "Contested", message, cause: message };
}

const UNDONE: Readonly<Record<AgentStep["do"], string>> = {
  create:
    "deleted or without its labels again each time it is made; find what does that, and have it leave it alone",
  replace: "changed again each time it is mended; its metadata.managedFields say by what: have " +
    "that leave it alone",
  delete: "made again each time it is deleted; its metadata.managedFields say by what: stop that",
};

/** There is nowhere to put the agents. */
export function noNamespace(namespace: string): Refusal {
  const message = `there is no namespace ${namespace} for the agents; create it, or name another ` +
    "one with --namespace of the controller";
  return { reason: "NamespaceNotFound", message, cause: message };
}

function missingRight(right: string): Refusal {
  const message = `the controller ${right}; give it the rights of examples/rbac/controller.yaml`;
  return { reason: "NotAllowed", message, cause: right };
}
