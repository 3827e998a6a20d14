/**
 * The logger as the layers see it: a constant message and fields, so that lines can be searched
 * and counted. The writer of the lines stands at the edge.
 */

/** Severity, least severe first. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** How a line is written. */
export type LogFormat = "text" | "json";

/** Values of a log line; an `Error` is written with its causes. */
export type LogFields = Readonly<
  Record<string, string | number | boolean | null | undefined | Error | readonly string[]>
>;

/** Writes structured log lines. */
export interface Logger {
  /**
   * @param level Severity of the line.
   * @param msg A constant sentence without variable parts.
   * @param fields What varies.
   */
  log(level: LogLevel, msg: string, fields?: LogFields): void;
  /** A logger whose lines all carry the given fields. */
  with(fields: LogFields): Logger;
}
