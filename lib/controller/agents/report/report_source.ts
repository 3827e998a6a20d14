/** What the reading of reports needs from outside: which pods the agents run in, and how one is asked. */

import type { NamespacedName } from "../../../api/meta.ts";

/** One agent. */
export interface AgentPod {
  readonly name: string;
  /** Its address; absent until it has one. */
  readonly ip: string | undefined;
  readonly ready: boolean;
  /** Whether its program runs, so that one that is not ready can say why. */
  readonly runs: boolean;
}

/** Knows the pods of agents. */
export interface AgentPodSource {
  /** @param poolKey `namespace/name` of the IPPool. */
  readonly agentPodsOf: (poolKey: string) => readonly AgentPod[];
}

/** What the controller and the agents of one pool know, and nobody else. */
export interface ReportCredentials {
  /** PEM texts: an agent has to present one of them. */
  readonly certificates: readonly string[];
  readonly token: string;
}

/** Keeps the Secrets of agents, one for each pool. */
export interface ReportSecrets {
  /**
   * Makes the Secret of a pool, repairs it or renews it, as far as needed.
   *
   * @returns What it has now.
   * @throws {StatusError} when the API server refuses.
   * @throws {ReportSecretTaken} when it is not ours.
   */
  ensure(pool: NamespacedName, signal: AbortSignal): Promise<ReportCredentials>;
}

/** Something else has the name of a Secret; the message says what to do. */
export class ReportSecretTaken extends Error {
  override readonly name = "ReportSecretTaken";
}

/** A question to one agent. */
export interface ReportRequest {
  readonly ip: string;
  readonly credentials: ReportCredentials;
  /** Asks for the last exchanges as well: of all clients, or of one. */
  readonly lastSeen?: "all" | { readonly mac: string };
}

/**
 * Asks one agent, and gives what it answers, cut off at its limit.
 *
 * @throws {ReportRefused} when the credentials do not fit.
 * @throws {Error} when there is no answer.
 */
export type FetchReport = (request: ReportRequest, signal: AbortSignal) => Promise<string>;

/** The agent did not accept the token, or it did not present a certificate that is known. */
export class ReportRefused extends Error {
  override readonly name = "ReportRefused";
}
