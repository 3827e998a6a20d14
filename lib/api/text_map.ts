/** Maps of texts that this program made: large ones are neither checked again nor frozen. */

/**
 * Their prototype. Parsers take what has it for checked, and caches, which freeze plain objects only, let
 * the one who made the map go on editing it.
 */
const TEXT_MAP: object = Object.freeze(Object.create(null));

/** Makes a map that has the entries of another. */
export function makeTextMap(
  entries: Readonly<Record<string, string>> | undefined,
): Record<string, string> {
  return Object.assign(Object.create(TEXT_MAP) as Record<string, string>, entries);
}

/** Whether {@link makeTextMap} made it. */
export function isMadeTextMap(value: object): boolean {
  return Object.getPrototypeOf(value) === TEXT_MAP;
}
