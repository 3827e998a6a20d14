/** The whole record for a client that keeps a copy of it: an SQLite database, as it is at one moment. */

import type { DatabaseSync } from "node:sqlite";
import { messageOf } from "../base/errors.ts";
import {
  type BodyStream,
  type HttpRequest,
  type HttpResponse,
  textResponse,
} from "../http/exchange.ts";
import { openCopy } from "./store/copies.ts";
import { writeFaultOf } from "./store/write_fault.ts";

/** Where it is served, to clients with the token. */
export const BACKUP_PATH = "/vm-dhcp/backup";

/** What is read at a time. */
const PIECE_BYTES = 64 * 1024;

/** Answers requests for a copy, one after the other: each copy takes as much room as the record. */
export class BackupHandler {
  readonly #databasePath: string;
  #isBusy = false;

  /** @param databasePath Copies are beside this file while they are read, without a name. */
  constructor(databasePath: string) {
    this.#databasePath = databasePath;
  }

  async answer({ method }: HttpRequest, database: DatabaseSync): Promise<HttpResponse> {
    if (method !== "GET") return textResponse("only GET is supported here\n", 405);
    if (this.#isBusy) {
      return textResponse("another copy is being read: wait for its end, and try again\n", 503);
    }
    this.#isBusy = true;
    try {
      const file = await openCopy(database, this.#databasePath);
      const body = new FileStream(file, () => this.#isBusy = false);
      return { status: 200, headers: { "content-type": "application/vnd.sqlite3" }, body };
    } catch (error) {
      this.#isBusy = false;
      const reason = writeFaultOf(error)?.reason ?? messageOf(error);
      return textResponse(`no copy can be made: ${reason}\n`, 500);
    }
  }
}

/** A file from its beginning to its end. */
class FileStream implements BodyStream {
  readonly #file: Deno.FsFile;
  readonly #onEnd: () => void;
  #isOpen = true;

  constructor(file: Deno.FsFile, onEnd: () => void) {
    this.#file = file;
    this.#onEnd = onEnd;
  }

  async read(): Promise<Uint8Array | undefined> {
    if (!this.#isOpen) return undefined;
    const piece = new Uint8Array(PIECE_BYTES);
    const length = await this.#file.read(piece).catch((error: unknown) => {
      this.cancel();
      throw error;
    });
    if (length !== null) return piece.subarray(0, length);
    this.cancel();
    return undefined;
  }

  cancel(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#file.close();
    this.#onEnd();
  }
}
