/** Where the embedded API server deliberately answers otherwise than kube-apiserver. */

/** A difference that is meant. */
export interface Difference {
  /** Matches the case's name, ": " and the line of the difference. */
  readonly at: RegExp;
  readonly why: string;
}

/** All of them. One that matches nothing any more has to go. */
export const DIFFERENCES: readonly Difference[] = [];
