/** Bearer tokens (RFC 6750). */

import { createHash, timingSafeEqual } from "node:crypto";
import type { HttpRequest } from "./exchange.ts";

/** As much as a digest of SHA-256 has. */
const TOKEN_BYTES = 32;

/** Decides whether requests carry the token. */
export class TokenAuthenticator {
  readonly #expected: Uint8Array;

  constructor(token: string) {
    this.#expected = digest(token);
  }

  /** Whether the request may go on; takes the same time for every wrong token. */
  accepts({ headers }: HttpRequest): boolean {
    const match = /^Bearer (.+)$/i.exec(headers["authorization"] ?? "");
    return match !== null && timingSafeEqual(digest(match[1]!), this.#expected);
  }
}

/** A token that nobody can guess: 64 hexadecimal digits. */
export function makeToken(): string {
  return crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)).toHex();
}

/** Equal lengths, whatever was sent. */
function digest(token: string): Uint8Array {
  return createHash("sha256").update(token).digest();
}
