/** Collects what a process prints, line by line. */

import { waitUntil } from "../harness/wait_until.ts";

/** Lines of one or more streams in the order of their arrival. */
export class LineLog {
  readonly lines: string[] = [];
  readonly #ended: Promise<void>[] = [];

  /** Reads a stream to its end in the background. */
  follow(stream: ReadableStream<Uint8Array>): void {
    this.#ended.push(this.#read(stream));
  }

  /** Resolves when all streams have ended. */
  async ended(): Promise<void> {
    await Promise.all(this.#ended);
  }

  /** The last lines, for error messages. */
  tail(count = 40): string {
    return this.lines.slice(-count).join("\n");
  }

  /** The fields of the JSON lines with this message. */
  entries(msg: string): Record<string, unknown>[] {
    return this.lines.flatMap((line) => {
      const entry = parseObject(line);
      return entry?.["msg"] === msg ? [entry] : [];
    });
  }

  /**
   * Resolves with the fields of the first line with this message for which this holds. What a process prints
   * comes by a pipe, later than its answers and its packets.
   */
  says(
    msg: string,
    holds: (entry: Record<string, unknown>) => boolean = () => true,
  ): Promise<Record<string, unknown>> {
    return waitUntil(() => this.entries(msg).find(holds), {
      what: `the line "${msg}"`,
      explain: () => this.tail(),
    });
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    let rest = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      this.lines.push(...lines);
    }
    if (rest !== "") this.lines.push(rest);
  }
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
