/**
 * Gets credentials from a program: exec credential plugins (client.authentication.k8s.io/v1), which
 * cloud providers use. What the program prints to stdout is secret and never part of a message.
 */

import { asJsonObject, parseJson } from "../../base/json.ts";
import type { Clock } from "../../base/clock.ts";
import type { ExecPlugin } from "./cluster_access.ts";
import { unlessAborted, withTimeLimit } from "../../base/abort.ts";

/** What a plugin gives. */
export interface ExecCredential {
  readonly token: string | undefined;
  readonly clientCertificate: string | undefined;
  readonly clientKey: string | undefined;
  /** Milliseconds since the epoch; `undefined` for as long as the process runs. */
  readonly expiresMs: number | undefined;
}

/** A plugin that uses the network may take its time; one that waits for a person may not. */
const RUN_MS_MAX = 60_000;

/** How much of the end of stderr a message repeats. */
const COMPLAINT_CHARS_MAX = 400;

/** Keeps what a plugin gave until it expires. */
export class ExecCredentialCache {
  readonly #plugin: ExecPlugin;
  readonly #clock: Clock;
  #held: ExecCredential | undefined;

  constructor(plugin: ExecPlugin, clock: Clock) {
    this.#plugin = plugin;
    this.#clock = clock;
  }

  /**
   * The credential. The program runs when there is none yet, or when it has expired.
   *
   * @throws {Error} that names the program, with the end of its stderr.
   */
  async get(): Promise<ExecCredential> {
    const expiresMs = this.#held?.expiresMs ?? Infinity;
    if (this.#held === undefined || expiresMs <= this.#clock.nowMs()) {
      this.#held = await runPlugin(this.#plugin, this.#clock);
    }
    return this.#held;
  }

  /** Whether the next look needs the program. */
  get hasExpired(): boolean {
    return (this.#held?.expiresMs ?? Infinity) <= this.#clock.nowMs();
  }

  /** The credential was refused: the next one comes from the program. */
  forget(): void {
    this.#held = undefined;
  }
}

async function runPlugin(plugin: ExecPlugin, clock: Clock): Promise<ExecCredential> {
  const output = await outputOf(plugin, startPlugin(plugin), clock);
  const { success, code, signal, stdout, stderr } = output;
  if (success) return parseCredential(plugin, stdout);
  const complaint = new TextDecoder().decode(stderr).trim().slice(-COMPLAINT_CHARS_MAX);
  const how = signal === null ? `ended with ${code}` : `was ended by ${signal}`;
  throw failure(plugin, `${how}${complaint === "" ? "" : `: ${complaint}`}`);
}

function startPlugin(plugin: ExecPlugin): Deno.ChildProcess {
  const { command, args, env, installHint } = plugin;
  try {
    return new Deno.Command(command, {
      args: [...args],
      env: { ...env, KUBERNETES_EXEC_INFO: JSON.stringify(execInfo(plugin)) },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw failure(plugin, "cannot be run", error);
    const hint = installHint === undefined ? "" : `; ${installHint}`;
    throw failure(plugin, `is not installed${hint}`);
  }
}

/** A late program is not waited for: what it started may keep its output open. */
async function outputOf(
  plugin: ExecPlugin,
  child: Deno.ChildProcess,
  clock: Clock,
): Promise<Deno.CommandOutput> {
  return await withTimeLimit({ clock, ms: RUN_MS_MAX }, async (limit) => {
    try {
      return await unlessAborted(child.output(), limit);
    } catch (error) {
      if (!limit.aborted) throw error;
      killQuietly(child);
      throw failure(plugin, `gave no credential within ${RUN_MS_MAX / 1000} s`);
    }
  });
}

function killQuietly(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended already.
  }
}

/** What the program finds in KUBERNETES_EXEC_INFO. */
function execInfo({ apiVersion, clusterInfo }: ExecPlugin): unknown {
  const cluster = clusterInfo === undefined ? {} : { cluster: clusterInfo };
  return { apiVersion, kind: "ExecCredential", spec: { ...cluster, interactive: false } };
}

function parseCredential(plugin: ExecPlugin, stdout: Uint8Array): ExecCredential {
  const printed = asJsonObject(parseJson(new TextDecoder().decode(stdout)));
  if (printed?.["kind"] !== "ExecCredential") {
    throw failure(plugin, "printed no ExecCredential in JSON");
  }
  if (printed["apiVersion"] !== plugin.apiVersion) {
    throw failure(plugin, `does not speak ${plugin.apiVersion}, which the kubeconfig names`);
  }
  const status = asJsonObject(printed["status"]) ?? {};
  const text = (field: string) => {
    const value = status[field];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const token = text("token");
  const clientCertificate = text("clientCertificateData");
  const clientKey = text("clientKeyData");
  const expiry = text("expirationTimestamp");
  if ((clientCertificate === undefined) !== (clientKey === undefined)) {
    throw failure(plugin, "gave one of a client certificate and its key, but not both");
  }
  if (token === undefined && clientCertificate === undefined) {
    throw failure(plugin, "gave neither a token nor a client certificate");
  }
  const expiresMs = expiry === undefined ? undefined : Date.parse(expiry);
  if (Number.isNaN(expiresMs)) {
    throw failure(plugin, "gave an expirationTimestamp that is no time (RFC 3339)");
  }
  return { token, clientCertificate, clientKey, expiresMs };
}

function failure({ command }: ExecPlugin, problem: string, cause?: unknown): Error {
  return new Error(`the credential plugin ${command} ${problem}`, { cause });
}
