/** Keeps the Secret of each pool by which its agents and the controller know each other. */

import type { Clock } from "../../../base/clock.ts";
import { errorOf } from "../../../base/errors.ts";
import type { IPPool } from "../../../api/ippool/ippool.ts";
import { nameOfKey } from "../../../api/meta.ts";
import { isNamespaceGoing, isStatus } from "../../../kube/contract.ts";
import type { Logger } from "../../../observe/logger.ts";
import type { ReconcileResult } from "../../runtime/control_loop.ts";
import { type ControllerDescriptor, watch } from "../../runtime/controller_set.ts";
import type { FreshCache } from "../../runtime/fresh_cache.ts";
import { type ReportCredentials, type ReportSecrets, ReportSecretTaken } from "./report_source.ts";

/** How often to look at a Secret: it may be edited, and its certificate grows old. */
const LOOK_MS = 10 * 60_000;

/** How long nothing is tried after the API server has refused. */
const REFUSED_PAUSE_MS = 5 * 60_000;

/** Pause between two lines that say so. */
const LINE_PAUSE_MS = 3600_000;

/** Label of its metrics. */
export const REPORT_SECRET_CONTROLLER = "vm-dhcp-agent-report-controller";

/** What it needs. */
export interface ReportSecretControllerOptions {
  readonly ippools: FreshCache<IPPool>;
  readonly secrets: ReportSecrets;
  /** Whether a pool has agents, or is to get some. */
  readonly hasAgents: (poolKey: string) => boolean;
  /** Tells of what a Secret has. */
  readonly onCredentials: (poolKey: string, credentials: ReportCredentials | undefined) => void;
  /** Tells why it cannot be read; a sentence that ends with what to do. */
  readonly onObstacle: (poolKey: string, obstacle: string | undefined) => void;
  readonly log: Logger;
  readonly clock: Clock;
}

/** Makes it. It works by itself: pools are served without it. */
export function reportSecretController(
  options: ReportSecretControllerOptions,
): ControllerDescriptor {
  const { ippools } = options;
  const reconciler = new ReportSecretReconciler(options);
  return {
    name: REPORT_SECRET_CONTROLLER,
    workers: 2,
    isOptional: true,
    watches: [
      // What stands in a pool does not matter, only that it is there.
      watch(
        ippools,
        ({ key, before, after }) => before === undefined || after === undefined ? [key] : [],
      ),
    ],
    reconcile: (key, signal) => reconciler.reconcile(key, signal),
  };
}

class ReportSecretReconciler {
  readonly #options: ReportSecretControllerOptions;
  #loggedMs = -Infinity;

  constructor(options: ReportSecretControllerOptions) {
    this.#options = options;
  }

  async reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult> {
    const { ippools, secrets, hasAgents, onCredentials, onObstacle } = this.#options;
    if (ippools.get(key) === undefined) {
      // The Secret goes with the agents.
      onCredentials(key, undefined);
      return {};
    }
    if (!hasAgents(key)) return { requeueAfterMs: LOOK_MS };
    try {
      onCredentials(key, await secrets.ensure(nameOfKey(key), signal));
    } catch (error) {
      if (isNamespaceGoing(error)) return {};
      const obstacle = obstacleOf(error);
      if (obstacle === undefined) throw error;
      onObstacle(key, obstacle);
      this.#complain(key, error);
      return { requeueAfterMs: REFUSED_PAUSE_MS };
    }
    onObstacle(key, undefined);
    return { requeueAfterMs: LOOK_MS };
  }

  /** Missing rights would give the same line for every pool. */
  #complain(ippool: string, error: unknown): void {
    const { log, clock } = this.#options;
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#loggedMs < LINE_PAUSE_MS) return;
    this.#loggedMs = nowMs;
    const msg =
      "cannot ask agents for their reports, because their Secrets cannot be kept up to date";
    log.log("warn", msg, { ippool, error: errorOf(error) });
  }
}

/** What a person has to mend; `undefined` for what may pass. */
function obstacleOf(error: unknown): string | undefined {
  const why = "the agents cannot be asked for their reports: ";
  if (error instanceof ReportSecretTaken) return why + error.message;
  // No right, no such namespace, or the no of a webhook.
  if (!isStatus(error, 400, 403, 404, 413, 422)) return undefined;
  return `${why}the controller cannot keep their Secret: ${error.message}; ${cureOf(error.code)}`;
}

function cureOf(status: number): string {
  if (status === 403) return "give it the rights of examples/rbac/controller.yaml";
  if (status === 404) return "create it, or name another one with --namespace of the controller";
  return "have what refuses it let the controller write it";
}
