/** The log: one line for each thing that is worth one. */

import type { LogFields, LogFormat, Logger, LogLevel } from "../../observe/logger.ts";

import { formatLogLine, type LogLine } from "./log_line.ts";

const SEVERITY: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** Longest text of a field: an API server, a file or a client may be the one that says it. */
const TEXT_CHARS_MAX = 4000;

/** Longest list of a field. */
const LIST_TEXTS_MAX = 50;

/** What a logger writes, and to where. */
export interface LineLoggerOptions {
  readonly format: LogFormat;
  /** Lines less severe than this are left out. */
  readonly level: LogLevel;
  readonly nowMs: () => number;
  /**
   * Takes a line without its line break. Must neither throw nor wait.
   *
   * @param isDetail A line that may be left out rather than others.
   */
  readonly writeLine: (line: string, isDetail: boolean) => void;
}

/**
 * Makes a logger. Each line has `ts` (RFC 3339, UTC), `level`, `msg` and the fields; an `Error` is
 * written with the messages of its causes, and with its stack where the level is debug.
 */
export function createLineLogger(options: LineLoggerOptions, bound: LogFields = {}): Logger {
  return {
    log(level, msg, fields = {}) {
      if (SEVERITY[level] < SEVERITY[options.level]) return;
      const line = { ts: new Date(options.nowMs()).toISOString(), level, msg };
      // First for the reader's eye, and last because no field may replace them.
      const written: LogLine = { ...line, ...plain({ ...bound, ...fields }, options), ...line };
      options.writeLine(formatLogLine(written, options.format), level === "debug");
    },
    with: (fields) => createLineLogger(options, { ...bound, ...fields }),
  };
}

function plain(fields: LogFields, { level }: LineLoggerOptions): Record<string, unknown> {
  const line: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    line[name] = bounded(value instanceof Error ? describeError(value) : value);
    if (value instanceof Error && level === "debug") line[`${name}Stack`] = bounded(value.stack);
  }
  return line;
}

/** No line grows with what somebody else sends. */
function bounded(value: Exclude<LogFields[string], Error>): unknown {
  if (typeof value === "string") return cut(value);
  if (typeof value !== "object" || value === null) return value;
  const texts = value.slice(0, LIST_TEXTS_MAX).map(cut);
  return value.length === texts.length
    ? texts
    : [...texts, `and ${value.length - texts.length} more`];
}

function cut(text: string): string {
  if (text.length <= TEXT_CHARS_MAX) return text;
  return `${text.slice(0, TEXT_CHARS_MAX)}... (${text.length} characters)`;
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
