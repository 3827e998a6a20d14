/** Reads what comes after the head of an answer. */

/** What the runtime reads from a connection at once. */
const CHUNK_BYTES_MAX = 64 * 1024;

/**
 * Gives the chunks of a body until it ends. However the loop over them ends, the connection is not
 * left with an unread body, which would keep it open.
 *
 * The abort is carried to the stream by hand: the runtime ties the signal of `fetch` to the body by
 * a weak reference only, and once that is collected an abort no longer reaches a body that is read.
 *
 * All chunks are views of one buffer, each good until the next is asked for. Buffers of their own would
 * wait for the garbage collector, which does not see how large they are: after a list of 10,000
 * objects, they held more memory than the objects.
 *
 * @throws the signal's reason when it aborts, or the stream's own error.
 */
export async function* readChunks(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const reader = body.getReader({ mode: "byob" });
  let buffer = new ArrayBuffer(CHUNK_BYTES_MAX);
  // Rejects with the error of the stream when it is broken already.
  const cancel = () => reader.cancel().catch(() => undefined);
  signal.addEventListener("abort", cancel, { once: true });
  try {
    for (;;) {
      signal.throwIfAborted();
      const { done, value } = await reader.read(new Uint8Array(buffer));
      signal.throwIfAborted();
      if (done) return;
      yield value;
      buffer = value.buffer;
    }
  } finally {
    signal.removeEventListener("abort", cancel);
    await cancel();
  }
}

/** The whole body as text. @throws like {@link readChunks}. */
export async function readText(response: Response, signal: AbortSignal): Promise<string> {
  if (response.body === null) return "";
  const decoder = new TextDecoder();
  const parts: string[] = [];
  for await (const chunk of readChunks(response.body, signal)) {
    parts.push(decoder.decode(chunk, { stream: true }));
  }
  parts.push(decoder.decode());
  return parts.join("");
}
