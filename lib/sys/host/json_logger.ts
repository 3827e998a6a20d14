/** Log lines as JSON objects, one a line, for collectors and for `jq`. */

import type { LogFields, Logger, LogLevel } from "../../observe/logger.ts";

const SEVERITY: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** What a logger writes, and to where. */
export interface JsonLoggerOptions {
  /** Lines less severe than this are left out. */
  readonly level: LogLevel;
  readonly nowMs: () => number;
  /** Takes a line without its line break. Must not throw. */
  readonly writeLine: (line: string) => void;
}

/**
 * Makes a logger. Each line has `ts` (RFC 3339, UTC), `level`, `msg` and the fields; an `Error` is
 * written with the messages of its causes, and with its stack where the level is debug.
 */
export function createJsonLogger(options: JsonLoggerOptions, bound: LogFields = {}): Logger {
  return {
    log(level, msg, fields = {}) {
      if (SEVERITY[level] < SEVERITY[options.level]) return;
      const line = { ts: new Date(options.nowMs()).toISOString(), level, msg };
      // First for the reader's eye, and last because no field may replace them.
      const written = { ...line, ...plain({ ...bound, ...fields }, options), ...line };
      options.writeLine(JSON.stringify(written));
    },
    with: (fields) => createJsonLogger(options, { ...bound, ...fields }),
  };
}

/** Writes lines to the standard output of this process. */
export function writeLineToStdout(line: string): void {
  const bytes = new TextEncoder().encode(`${line}\n`);
  try {
    for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
  } catch {
    // The reader is gone (EPIPE): nobody is left to be told, and serving goes on.
  }
}

function plain(fields: LogFields, { level }: JsonLoggerOptions): Record<string, unknown> {
  const line: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    line[name] = value instanceof Error ? describeError(value) : value;
    if (value instanceof Error && level === "debug") line[`${name}Stack`] = value.stack;
  }
  return line;
}

/**
 * The message with those of its causes, `cannot list: connection refused`; what a message says of
 * its cause already is not said again.
 */
function describeError(error: Error): string {
  const messages: string[] = [];
  // A cause may lead back to an error that was seen before.
  const seen = new Set<unknown>();
  for (let at: unknown = error; at instanceof Error && !seen.has(at); at = at.cause) {
    seen.add(at);
    const message = at.message === "" ? at.name : at.message;
    if (!messages.some((said) => said.includes(message))) messages.push(message);
  }
  return messages.join(": ");
}
