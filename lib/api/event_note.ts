/** What users are told about an object, as an Event that `kubectl describe` shows. */

import type { EventType } from "./event_meaning.ts";
import type { EventReason } from "./event_reasons.ts";

/** One thing worth telling. */
export interface Note {
  readonly type: EventType;
  readonly reason: EventReason;
  /** Sentence; that of a warning ends with what to do. */
  readonly note: string;
}
