/** The two forms of a log line: a JSON object for collectors and `jq`, and text for people. */

import type { LogFormat, LogLevel } from "../../observe/logger.ts";

/** A line with its fields, in their order; those without a value are left out. */
export interface LogLine {
  /** RFC 3339, UTC. */
  readonly ts: string;
  readonly level: LogLevel;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/**
 * Writes a line without its line break. In text, a value is quoted as in JSON where it would not be one word.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * const line = { ts: "2026-01-31T12:00:00.000Z", level: "warn", msg: "it is late", by: 3 } as const;
 * equal(formatLogLine(line, "text"), "2026-01-31T12:00:00.000Z WARN  it is late by=3");
 * ```
 */
export function formatLogLine(line: LogLine, format: LogFormat): string {
  if (format === "json") return JSON.stringify(line);
  const { ts, level, msg, ...fields } = line;
  const words = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${wordOf(value)}`);
  return `${ts} ${level.toUpperCase().padEnd(5)} ${msg}${words.join("")}`;
}

function wordOf(value: unknown): string {
  const text = Array.isArray(value) ? value.join(",") : String(value);
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text);
}
