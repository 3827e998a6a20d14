/** Finds where two transcripts of one case differ. */

/** Two transcripts, as lines by where they are from. */
export interface Transcripts {
  readonly embedded: ReadonlyMap<string, string>;
  readonly real: ReadonlyMap<string, string>;
}

/**
 * One line for each place where the servers differ, such as
 * `2 GET gadgets/a: body.code: embedded 404, kube-apiserver 200`.
 */
export function differencesOf({ embedded, real }: Transcripts): string[] {
  const places = new Set([...real.keys(), ...embedded.keys()]);
  return [...places].flatMap((place) => {
    const [ours, theirs] = [embedded.get(place), real.get(place)];
    if (ours === theirs) return [];
    return [`${place}: embedded ${ours ?? "nothing"}, kube-apiserver ${theirs ?? "nothing"}`];
  });
}
