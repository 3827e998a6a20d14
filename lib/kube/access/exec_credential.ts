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

/** A token and a certificate with its chain are a hundredth of this. */
const OUTPUT_BYTES_MAX = 1024 * 1024;

/**
 * How long a credential is used that had expired when it came: one of the clocks is wrong, and the
 * API server says soon enough if it is not ours. Otherwise each request would run the program.
 */
const EXPIRED_USE_MS = 60_000;

/** Keeps what a plugin gave until it expires. */
export class ExecCredentialCache {
  readonly #plugin: ExecPlugin;
  readonly #clock: Clock;
  #held: ExecCredential | undefined;
  /** By the clock that nobody sets. */
  #usedUntilMs = Infinity;

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
    if (this.#held !== undefined && !this.hasExpired) return this.#held;
    const held = await runPlugin(this.#plugin, this.#clock);
    const leftMs = (held.expiresMs ?? Infinity) - this.#clock.nowMs();
    this.#usedUntilMs = this.#clock.monotonicMs() + (leftMs > 0 ? leftMs : EXPIRED_USE_MS);
    return this.#held = held;
  }

  /** Whether the next look needs the program. */
  get hasExpired(): boolean {
    return this.#held !== undefined && this.#usedUntilMs <= this.#clock.monotonicMs();
  }

  /** The credential was refused: the next one comes from the program. */
  forget(): void {
    this.#held = undefined;
  }
}

async function runPlugin(plugin: ExecPlugin, clock: Clock): Promise<ExecCredential> {
  const { status, printed, complaint } = await outcomeOf(plugin, startPlugin(plugin), clock);
  if (status.success) return parseCredential(plugin, printed);
  const { code, signal } = status;
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

/** What a program did. */
interface Outcome {
  readonly status: Deno.CommandStatus;
  readonly printed: string;
  /** The end of its stderr. */
  readonly complaint: string;
}

/** A late program is not waited for: what it started may keep its output open. */
async function outcomeOf(
  plugin: ExecPlugin,
  child: Deno.ChildProcess,
  clock: Clock,
): Promise<Outcome> {
  const limits = { clock, ms: RUN_MS_MAX };
  return await withTimeLimit(limits, async (limit) => {
    const enough = new AbortController();
    const signal = AbortSignal.any([limit, enough.signal]);
    try {
      const outcome = Promise.all([
        child.status,
        readPrinted(plugin, child.stdout, signal),
        readEnd(child.stderr, signal),
      ]);
      const [status, printed, complaint] = await unlessAborted(outcome, limit);
      return { status, printed, complaint };
    } catch (error) {
      killQuietly(child);
      if (!limit.aborted) throw error;
      throw failure(plugin, `gave no credential within ${RUN_MS_MAX / 1000} s`);
    } finally {
      enough.abort();
    }
  });
}

async function readPrinted(
  plugin: ExecPlugin,
  stdout: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): Promise<string> {
  const decoder = new TextDecoder();
  let printed = "";
  const write = (bytes: Uint8Array) => {
    printed += decoder.decode(bytes, { stream: true });
    if (printed.length > OUTPUT_BYTES_MAX) {
      throw failure(plugin, `printed more than ${OUTPUT_BYTES_MAX / 1024} KiB`);
    }
  };
  await stdout.pipeTo(new WritableStream({ write }), { signal });
  return printed;
}

async function readEnd(stderr: ReadableStream<Uint8Array>, signal: AbortSignal): Promise<string> {
  const decoder = new TextDecoder();
  let end = "";
  const write = (bytes: Uint8Array) => {
    end = (end + decoder.decode(bytes, { stream: true })).slice(-2 * COMPLAINT_CHARS_MAX);
  };
  await stderr.pipeTo(new WritableStream({ write }), { signal });
  return end.trim().slice(-COMPLAINT_CHARS_MAX);
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

function parseCredential(plugin: ExecPlugin, json: string): ExecCredential {
  const printed = asJsonObject(parseJson(json));
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
