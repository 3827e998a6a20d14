/** A logger that keeps its lines for a test. */

import type { LogFields, Logger, LogLevel } from "../../../lib/observe/logger.ts";

/** A line as it was logged, with the fields of its logger. */
export interface RecordedLine {
  readonly level: LogLevel;
  readonly msg: string;
  readonly fields: LogFields;
}

/** Keeps every line, those of its descendants as well. */
export class RecordingLogger implements Logger {
  readonly lines: RecordedLine[];
  readonly #fields: LogFields;

  constructor(lines: RecordedLine[] = [], fields: LogFields = {}) {
    this.lines = lines;
    this.#fields = fields;
  }

  log(level: LogLevel, msg: string, fields: LogFields = {}): void {
    this.lines.push({ level, msg, fields: { ...this.#fields, ...fields } });
  }

  with(fields: LogFields): Logger {
    return new RecordingLogger(this.lines, { ...this.#fields, ...fields });
  }
}
