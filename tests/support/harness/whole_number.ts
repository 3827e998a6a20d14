/** Numbers of the command line. */

/**
 * Reads a number; `undefined` when there is none.
 *
 * @throws {RangeError} when the text is no whole number.
 */
export function wholeNumber(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw new RangeError(`Cannot use "${text}": not a whole number`);
  return Number(text);
}
