/** The body of an answer, with something wrong in it. */

import type { BodyStream, HttpExchange } from "../../../lib/http/exchange.ts";
import { ApiError } from "../../../lib/apiserver/http/status.ts";

/**
 * What happens to a body:
 * - `end`: it ends properly;
 * - `reset`: the connection is reset;
 * - `silence`: nothing more comes, and the connection stays open;
 * - `truncate`: it ends properly in the middle of the next line;
 * - `garbage`: a line comes that is not JSON, then the stream goes on;
 * - `expired`: an `ERROR` event with 410 comes, then it ends;
 * - `failed`: an `ERROR` event with 500 comes, then it ends;
 * - `huge`: the next line has 5 MB of spaces in it, which JSON ignores.
 */
export type StreamFault =
  | "end"
  | "reset"
  | "silence"
  | "truncate"
  | "garbage"
  | "expired"
  | "failed"
  | "huge";

/** All of them. */
export const STREAM_FAULTS: readonly StreamFault[] = [
  "end",
  "reset",
  "silence",
  "truncate",
  "garbage",
  "expired",
  "failed",
  "huge",
];

/** How a body goes wrong. */
export interface FaultyStreamOptions {
  readonly exchange: HttpExchange;
  /** Resolves when silences have to end. */
  readonly released: Promise<void>;
  /** Lines that come before the fault; 0 when absent. */
  readonly afterLines?: number;
  readonly fault?: StreamFault;
  /** Size of the pieces that the body comes in; absent for whole lines. */
  readonly pieceBytes?: number;
}

const HUGE_LINE_CHARS = 5 * 1024 * 1024;

/** Passes a body on, line by line, and does something to it once. */
export class FaultyStream implements BodyStream {
  readonly #inner: BodyStream;
  readonly #options: FaultyStreamOptions;
  readonly #cancelled = Promise.withResolvers<void>();
  #text = "";
  #pieces: Uint8Array[] = [];
  #linesLeft: number;
  #fault: StreamFault | undefined;
  #ended = false;

  constructor(body: string | BodyStream, options: FaultyStreamOptions) {
    this.#inner = typeof body === "string" ? bodyOf(body) : body;
    this.#options = options;
    this.#fault = options.fault;
    this.#linesLeft = options.afterLines ?? 0;
  }

  async read(): Promise<string | Uint8Array | undefined> {
    const piece = this.#pieces.shift();
    if (piece !== undefined) return piece;
    if (this.#ended) return undefined;
    if (this.#fault !== undefined && this.#linesLeft === 0) return await this.#misbehave();
    const line = await this.#nextLine();
    this.#linesLeft--;
    const { pieceBytes } = this.#options;
    if (line === undefined || pieceBytes === undefined) return line;
    const bytes = new TextEncoder().encode(line);
    for (let start = 0; start < bytes.length; start += pieceBytes) {
      this.#pieces.push(bytes.subarray(start, start + pieceBytes));
    }
    return this.#pieces.shift();
  }

  cancel(): void {
    this.#ended = true;
    this.#inner.cancel();
    this.#cancelled.resolve();
  }

  async #misbehave(): Promise<string | undefined> {
    const fault = this.#fault;
    this.#fault = undefined;
    switch (fault) {
      case "garbage":
        return "<html>\n";
      case "huge": {
        const line = await this.#nextLine();
        return line?.replace("{", `{${" ".repeat(HUGE_LINE_CHARS)}`);
      }
      case "truncate": {
        const line = await this.#nextLine();
        this.cancel();
        return line?.slice(0, line.length / 2);
      }
      case "expired":
        return this.#endWith(new ApiError(410, "Expired", "injected 410"));
      case "failed":
        return this.#endWith(new ApiError(500, "InternalError", "injected 500"));
      case "silence":
        await Promise.race([this.#options.released, this.#cancelled.promise]);
        return this.#reset();
      case "reset":
        return this.#reset();
      default:
        this.cancel();
        return undefined;
    }
  }

  #endWith(error: ApiError): string {
    this.cancel();
    return `${JSON.stringify({ type: "ERROR", object: error.toStatus() })}\n`;
  }

  #reset(): undefined {
    this.cancel();
    this.#options.exchange.disconnect("reset");
  }

  async #nextLine(): Promise<string | undefined> {
    while (!this.#text.includes("\n")) {
      const piece = await this.#inner.read();
      if (piece === undefined) {
        const rest = this.#text;
        this.#text = "";
        return rest === "" ? undefined : rest;
      }
      this.#text += typeof piece === "string" ? piece : new TextDecoder().decode(piece);
    }
    const end = this.#text.indexOf("\n") + 1;
    const line = this.#text.slice(0, end);
    this.#text = this.#text.slice(end);
    return line;
  }
}

function bodyOf(text: string): BodyStream {
  let rest: string | undefined = text;
  return {
    read: () => {
      const piece = rest;
      rest = undefined;
      return Promise.resolve(piece);
    },
    cancel: () => {},
  };
}
