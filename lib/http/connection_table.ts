/**
 * The connections of a listener: how many there may be, and how long each may take for what it does.
 * A connection that takes too long is closed, and when there are too many, one that does nothing makes
 * room for the next, so that no client can lock the others out.
 */

/** What a connection waits for. */
export type ConnectionPhase =
  /** The end of the TLS handshake. */
  | "handshake"
  /** The end of a head: from the start, or from the first octet of a later request. */
  | "head"
  /** The next request, and with TLS the first one. */
  | "idle"
  /** The rest of a body that the handler has asked for. */
  | "body"
  /** The handler. */
  | "handling"
  /** The client, which has to read. */
  | "reader"
  /** The client, which has the answer and has to close. */
  | "closing";

/** Why a connection was closed by this side. */
export type CutReason = Exclude<ConnectionPhase, "handling" | "closing"> | "full" | "budget";

/** All of them, for the metric. */
export const CUT_REASONS: readonly CutReason[] = [
  ...["handshake", "head", "idle", "body", "reader", "full", "budget"] as const,
];

/** Bounds of a listener. */
export interface ConnectionLimits {
  /** Connections at a time. */
  readonly connections: number;
  /** Time for a whole phase. */
  readonly phaseMs: Readonly<Partial<Record<ConnectionPhase, number>>>;
  /** Time without any progress in a phase. */
  readonly progressMs: Readonly<Partial<Record<ConnectionPhase, number>>>;
  /** How often the times are looked at. */
  readonly sweepMs: number;
}

/**
 * An idle connection stays for longer than clients keep one, which is 90 seconds: one that sends a write
 * on a connection that is just being closed cannot know whether the write took effect.
 */
export const CONNECTION_LIMITS: ConnectionLimits = {
  connections: 256,
  phaseMs: { handshake: 10_000, head: 10_000, idle: 180_000, body: 60_000, closing: 2000 },
  progressMs: { body: 10_000, reader: 30_000 },
  sweepMs: 1000,
};

/** Descriptors that are left to everything else: sockets for packets, files, connections of our own. */
const RESERVED_FILES = 128;
/** Share of the rest that one listener may take: there are two, and none may starve what comes later. */
const SHARE = 1 / 4;
const CONNECTIONS_MIN = 8;

/**
 * The limits of a listener in a process that may open so many files. Descriptors must never run out:
 * whatever needs one fails then, and the runtime itself may end the process.
 *
 * @param openFiles Absent when it is not known, and then there are the 1,024 that are usual.
 */
export function limitsFor(connections: number, openFiles = 1024): ConnectionLimits {
  const affordable = Math.floor((openFiles - RESERVED_FILES) * SHARE);
  return {
    ...CONNECTION_LIMITS,
    connections: Math.min(connections, Math.max(affordable, CONNECTIONS_MIN)),
  };
}

/** What the operating system can do for sockets and the runtime cannot. */
export interface SocketControl {
  /**
   * Ends connections at once: the runtime keeps one that it has closed until the client has taken what
   * was sent to it, and has done its part of the handshake.
   *
   * @param connections Addresses of their ends, such as `127.0.0.1:8080`.
   */
  endConnections(connections: readonly { readonly own: string; readonly peer: string }[]): void;
  /**
   * Prepares the listener at this address before its first connection is accepted.
   *
   * @throws {Error} when it must not be listened on like this; it is closed, and tried again later.
   */
  prepareListener(own: string): void;
}

/** A connection in the table. */
export class TrackedConnection {
  /** Address of the client. */
  readonly source: string;
  readonly #close: (isCut: boolean) => void;
  readonly #nowMs: () => number;
  #phase: ConnectionPhase;
  #sinceMs: number;
  #progressMs: number;
  #closed = false;
  #onClose: (() => void) | undefined;

  /** @param close Closes the connection; at once and with all that is not sent when it is cut off. */
  constructor(
    source: string,
    phase: ConnectionPhase,
    close: (isCut: boolean) => void,
    nowMs: () => number,
  ) {
    this.source = source;
    this.#close = close;
    this.#nowMs = nowMs;
    this.#phase = phase;
    this.#sinceMs = this.#progressMs = nowMs();
  }

  get phase(): ConnectionPhase {
    return this.#phase;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** When the client last did something; milliseconds of the monotonic clock. */
  get progressMs(): number {
    return this.#progressMs;
  }

  /** Whether nothing is lost when it is closed. */
  get isIdle(): boolean {
    return ["handshake", "head", "idle", "closing"].includes(this.#phase);
  }

  /** Whether it would go on if its client did something. */
  get waitsForClient(): boolean {
    return this.#phase !== "handling";
  }

  enter(phase: ConnectionPhase): void {
    if (this.#phase === phase) return;
    this.#phase = phase;
    this.#sinceMs = this.#progressMs = this.#nowMs();
  }

  /** The client has sent or read something. */
  progress(): void {
    this.#progressMs = this.#nowMs();
  }

  isLate({ phaseMs, progressMs }: ConnectionLimits): boolean {
    const nowMs = this.#nowMs();
    return nowMs - this.#sinceMs > (phaseMs[this.#phase] ?? Infinity) ||
      nowMs - this.#progressMs > (progressMs[this.#phase] ?? Infinity);
  }

  /** Sets what happens when the connection is closed; absent for nothing. */
  set onClose(action: (() => void) | undefined) {
    this.#onClose = action;
  }

  /** Closes the connection; a second call does nothing. */
  close(): void {
    this.#end(false);
  }

  /** Closes the connection without a proper end; a second call does nothing. */
  cut(): void {
    this.#end(true);
  }

  #end(isCut: boolean): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#close(isCut);
    this.#onClose?.();
  }
}

/** The connections of one listener. */
export class ConnectionTable {
  readonly #limits: ConnectionLimits;
  readonly #onCut: (reason: CutReason) => void;
  readonly #connections = new Set<TrackedConnection>();
  #sweeper: ReturnType<typeof setInterval> | undefined;

  constructor(limits: ConnectionLimits, onCut: (reason: CutReason) => void) {
    this.#limits = limits;
    this.#onCut = onCut;
  }

  get size(): number {
    return this.#connections.size;
  }

  /**
   * Adds a connection, and closes another one when there are too many.
   *
   * @returns False when there is no room: its client has so many that none of the others may go.
   */
  add(connection: TrackedConnection): boolean {
    if (this.size >= this.#limits.connections && !this.#makeRoom(connection.source)) {
      this.#onCut("full");
      return false;
    }
    this.#connections.add(connection);
    this.#sweeper ??= setInterval(() => this.#sweep(), this.#limits.sweepMs);
    return true;
  }

  remove(connection: TrackedConnection): void {
    this.#connections.delete(connection);
    if (this.size > 0) return;
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }

  /** Closes the connection that has been idle for the longest time, to have its descriptor. */
  closeIdle(): void {
    const [victim] = oldestFirst([...this.#connections].filter(({ isIdle }) => isIdle));
    if (victim !== undefined) this.#cut(victim, "full");
  }

  /** Closes the connections that do nothing, or all of them. */
  closeAll({ idleOnly }: { readonly idleOnly: boolean }): void {
    for (const connection of [...this.#connections]) {
      if (!idleOnly || connection.isIdle) this.#close(connection);
    }
  }

  /** Counts and closes. */
  #cut(connection: TrackedConnection, reason: CutReason): void {
    this.#onCut(reason);
    this.#close(connection);
  }

  #close(connection: TrackedConnection): void {
    this.remove(connection);
    connection.cut();
  }

  /**
   * The client with the most connections gives one up: one that does nothing, or else the one that has
   * waited for it longest. One that this side works on goes for another client only.
   */
  #makeRoom(newcomer: string): boolean {
    const bySource = Map.groupBy(this.#connections, ({ source }) => source);
    const [most] = [...bySource.values()].sort((a, b) => b.length - a.length);
    const candidates = oldestFirst(most!);
    const victim = candidates.find(({ isIdle }) => isIdle) ??
      candidates.find(({ waitsForClient }) => waitsForClient) ??
      (most![0]!.source === newcomer ? undefined : candidates[0]);
    if (victim === undefined) return false;
    this.#cut(victim, "full");
    return true;
  }

  #sweep(): void {
    for (const connection of [...this.#connections]) {
      if (!connection.isLate(this.#limits)) continue;
      const { phase } = connection;
      if (phase === "handling" || phase === "closing") this.#close(connection);
      else this.#cut(connection, phase);
    }
  }
}

function oldestFirst(connections: readonly TrackedConnection[]): TrackedConnection[] {
  return [...connections].sort((a, b) => a.progressMs - b.progressMs);
}
