/**
 * One bound for everything that waits for clients: answers that nobody reads, events of watches, bodies
 * that are on their way. Without it, each slow client would hold as much as one of them may.
 */

/** What one client makes the process hold. */
export interface BudgetAccount extends Disposable {
  /**
   * Counts what is held. Several accounts that hold one object count it once.
   *
   * @param key The object, or anything that stands for it.
   */
  hold(key: object, bytes: number): void;
  /** Counts an object no longer. */
  release(key: object): void;
  /** The client has taken something, so it is not the slowest. */
  progress(): void;
  /** Releases everything; a second call does nothing. */
  close(): void;
}

interface Holding {
  readonly bytes: number;
  holders: number;
}

/** Memory of the process for what waits for clients, in octets: the number in docs/standalone.md. */
export const BUDGET_BYTES = 64 * 1024 * 1024;

/**
 * Counts what clients hold. When it is more than the limit, the clients that have taken nothing for the
 * longest time are cut off, all but one: a single answer may be larger than the limit.
 */
export class MemoryBudget {
  readonly #limit: number;
  readonly #holdings = new Map<object, Holding>();
  /** Accounts that hold something, the slowest first. */
  readonly #accounts = new Set<Account>();
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** What is held now, in octets. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether this much more may be held. */
  hasRoomFor(bytes: number): boolean {
    return this.#bytes + bytes <= this.#limit;
  }

  /**
   * Opens the account of a client.
   *
   * @param onCut Called once when the client is cut off; what it holds is released by then.
   */
  open(onCut: () => void): BudgetAccount {
    const budget = {
      queue: (account: Account) => {
        this.#accounts.delete(account);
        this.#accounts.add(account);
      },
      leave: (account: Account) => void this.#accounts.delete(account),
      take: (key: object, bytes: number) => this.#take(key, bytes),
      give: (key: object) => this.#give(key),
      enforce: () => this.#enforce(),
    };
    return new Account(budget, onCut);
  }

  #take(key: object, bytes: number): void {
    const known = this.#holdings.get(key);
    if (known !== undefined) {
      known.holders++;
      return;
    }
    this.#holdings.set(key, { bytes, holders: 1 });
    this.#bytes += bytes;
  }

  #give(key: object): void {
    const holding = this.#holdings.get(key);
    if (holding === undefined || --holding.holders > 0) return;
    this.#holdings.delete(key);
    this.#bytes -= holding.bytes;
  }

  #enforce(): void {
    while (this.#bytes > this.#limit && this.#accounts.size > 1) {
      const [slowest] = this.#accounts;
      slowest!.cut();
    }
  }
}

interface Ledger {
  queue(account: Account): void;
  leave(account: Account): void;
  take(key: object, bytes: number): void;
  give(key: object): void;
  enforce(): void;
}

class Account implements BudgetAccount {
  readonly #ledger: Ledger;
  readonly #onCut: () => void;
  readonly #keys = new Set<object>();
  #closed = false;

  constructor(ledger: Ledger, onCut: () => void) {
    this.#ledger = ledger;
    this.#onCut = onCut;
  }

  hold(key: object, bytes: number): void {
    if (this.#closed || this.#keys.has(key)) return;
    // Its client is slow from now on, not from when it last held something.
    if (this.#keys.size === 0) this.#ledger.queue(this);
    this.#keys.add(key);
    this.#ledger.take(key, bytes);
    this.#ledger.enforce();
  }

  release(key: object): void {
    if (!this.#keys.delete(key)) return;
    this.#ledger.give(key);
    if (this.#keys.size === 0) this.#ledger.leave(this);
  }

  progress(): void {
    if (this.#keys.size > 0) this.#ledger.queue(this);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  close(): void {
    this.#closed = true;
    for (const key of this.#keys) this.release(key);
  }

  cut(): void {
    this.close();
    this.#onCut();
  }
}

/** The budget of this process. */
export const PROCESS_BUDGET = new MemoryBudget(BUDGET_BYTES);
