/** What users are told about an object, as an Event that `kubectl describe` shows. */

/** One thing worth telling. */
export interface Note {
  readonly type: "Normal" | "Warning";
  /** CamelCase word. */
  readonly reason: string;
  /** Sentence. */
  readonly note: string;
}
