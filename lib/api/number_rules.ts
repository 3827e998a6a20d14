/** The numbers that fields of our kinds may hold. The CRDs in `crds/` say the same as bounds. */

import type { FieldErrors } from "./field_reader.ts";

/** First and last value that is allowed. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** Reports a number that is there and out of bounds. */
export function checkNumber(
  value: number | undefined,
  { min, max }: Bounds,
  field: string,
  errors: FieldErrors,
): void {
  if (value === undefined || (value >= min && value <= max)) return;
  errors.add(field, `must be a number from ${min} to ${max}, not ${value}`);
}

/** Reports a list that has too few or too many items. */
export function checkCount(
  list: readonly unknown[],
  { min, max }: Bounds,
  field: string,
  errors: FieldErrors,
): void {
  if (list.length < min) {
    errors.add(field, `must have at least ${min} item${min === 1 ? "" : "s"}, not ${list.length}`);
  }
  if (list.length > max) {
    errors.add(field, `must have at most ${max} items, not ${list.length}`);
  }
}
