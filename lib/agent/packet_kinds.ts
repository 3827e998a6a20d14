/** Kinds of packets as small numbers, to be kept in arrays. */

/** What a packet was and what became of it. */
export interface PacketKind {
  /** Message type, or `unknown`. */
  readonly type: string;
  readonly outcome: string;
}

/** The kinds that were met; both of their words are of a fixed number. */
export class PacketKinds {
  readonly #kinds: PacketKind[] = [];
  readonly #numbers = new Map<string, Map<string, number>>();

  /** The number of a kind. */
  numberOf(type: string, outcome: string): number {
    return this.#numbers.get(type)?.get(outcome) ?? this.#add(type, outcome);
  }

  /** The kind of a number that {@link numberOf} gave. */
  at(number: number): PacketKind {
    return this.#kinds[number]!;
  }

  #add(type: string, outcome: string): number {
    const number = this.#kinds.push({ type, outcome }) - 1;
    const outcomes = this.#numbers.get(type);
    if (outcomes === undefined) this.#numbers.set(type, new Map([[outcome, number]]));
    else outcomes.set(outcome, number);
    return number;
  }
}
