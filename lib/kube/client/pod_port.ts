/**
 * Reads what a pod serves on its loopback, through the API server and the kubelet: what `kubectl
 * port-forward` does, for one request, without a port on this host.
 */

import { unlessAborted } from "../../base/abort.ts";
import { messageOf } from "../../base/errors.ts";
import type { NamespacedName } from "../../api/meta.ts";
import { PODS } from "../../api/resources.ts";
import { refusalOf } from "./answer.ts";
import { resourcePath } from "./resource_url.ts";
import { describeRequest, type SocketOpener } from "./transport/transport.ts";
import { TransportError } from "./transport/transport_error.ts";

/** Each message begins with the number of its channel: for the first port, data is 0 and errors are 1. */
const PROTOCOL = "v4.channel.k8s.io";
const DATA = 0;
const ERRORS = 1;

/** The answer for 39,000 leases has 13 MB. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;
const HEAD_BYTES_MAX = 64 * 1024;

/** What is asked, of which pod. */
export interface PodRequest {
  readonly pod: NamespacedName;
  readonly port: number;
  /** With its query. */
  readonly path: string;
}

/** What the pod answered. */
export interface PodAnswer {
  readonly status: number;
  readonly body: string;
}

/**
 * Sends a GET.
 *
 * @throws {StatusError} when the API server refuses the way to the pod.
 * @throws {TransportError} when no answer comes.
 */
export async function askPod(
  opener: SocketOpener,
  { pod, port, path }: PodRequest,
  signal: AbortSignal,
): Promise<PodAnswer> {
  const way = {
    use: "unary",
    method: "GET",
    path: `${resourcePath({ type: PODS, ...pod })}/portforward`,
    query: `ports=${port}`,
  } as const;
  const socket = await opener.openSocket(way, PROTOCOL, signal);
  socket.binaryType = "arraybuffer";
  try {
    const opened = Promise.withResolvers<boolean>();
    socket.addEventListener("open", () => opened.resolve(true));
    socket.addEventListener("close", () => opened.resolve(false));
    socket.addEventListener("error", () => opened.resolve(false));
    const answer = answerFrom(socket);
    // Nobody waits for it when the socket does not open.
    answer.catch(() => {});
    if (!await unlessAborted(opened.promise, signal)) {
      // The runtime does not tell what the server answered instead.
      const response = await opener.send(way, signal);
      if (!response.ok && response.status !== 400) throw await refusalOf(way, response, signal);
      await response.body?.cancel();
      throw new Error("the way to the pod does not open");
    }
    // A server of HTTP/1.0 ends the connection after its answer, and sends it in one piece.
    const head = [`GET ${path} HTTP/1.0`, "Host: localhost", "", ""].join("\r\n");
    socket.send(new Uint8Array([DATA, ...new TextEncoder().encode(head)]));
    return await unlessAborted(answer, signal);
  } catch (error) {
    if (!(error instanceof Error) || error.name === "StatusError") throw error;
    throw new TransportError(describeRequest(way), "broken", messageOf(error), error);
  } finally {
    socket.close();
  }
}

/** The answer as soon as all of it is there. */
function answerFrom(socket: WebSocket): Promise<PodAnswer> {
  const answer = Promise.withResolvers<PodAnswer>();
  const reader = new AnswerReader();
  const begun = new Set<number>();
  socket.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    if (!(data instanceof ArrayBuffer) || data.byteLength === 0) return;
    const [channel] = new Uint8Array(data, 0, 1);
    const isFirst = !begun.has(channel!);
    begun.add(channel!);
    // Each channel begins with the number of the port.
    const bytes = new Uint8Array(data, 1).subarray(isFirst ? 2 : 0);
    if (channel === DATA) {
      reader.push(bytes);
      if (reader.isTooLong) answer.reject(new Error("the pod answers without end"));
      else if (reader.isWhole) answer.resolve(reader.answer());
    } else if (channel === ERRORS && bytes.length > 0) {
      answer.reject(new Error(new TextDecoder().decode(bytes).trim()));
    }
  });
  socket.addEventListener("close", () => {
    if (reader.hasHead && reader.length === undefined) answer.resolve(reader.answer());
    else answer.reject(new Error("the pod ended the connection before its answer"));
  });
  return answer.promise;
}

/** Puts an answer of HTTP/1.0 together. */
class AnswerReader {
  readonly #chunks: Uint8Array[] = [];
  #octets = 0;
  #head: string | undefined;

  push(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
    this.#octets += bytes.length;
    if (this.#head !== undefined) return;
    const [head, ...rest] = this.#text().split("\r\n\r\n");
    if (rest.length > 0) this.#head = head;
  }

  get hasHead(): boolean {
    return this.#head !== undefined;
  }

  get isTooLong(): boolean {
    return this.#octets > (this.hasHead ? ANSWER_BYTES_MAX : HEAD_BYTES_MAX);
  }

  /** Of the body; `undefined` when it goes on until the end of the connection. */
  get length(): number | undefined {
    const [, length] = /^content-length: *(\d+) *$/im.exec(this.#head ?? "") ?? [];
    return length === undefined ? undefined : Number(length);
  }

  get isWhole(): boolean {
    if (this.#head === undefined) return false;
    const { length } = this;
    // Heads are ASCII.
    return length !== undefined && this.#octets >= this.#head.length + 4 + length;
  }

  /** What came, read as HTTP; rejects when it is something else. */
  // deno-lint-ignore require-await
  async answer(): Promise<PodAnswer> {
    const [, status] = /^HTTP\/1\.[01] (\d{3})/.exec(this.#head!) ?? [];
    if (status === undefined) throw new Error("what the pod serves there is no HTTP");
    return { status: Number(status), body: this.#text().slice(this.#head!.length + 4) };
  }

  #text(): string {
    const bytes = new Uint8Array(this.#octets);
    let position = 0;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, position);
      position += chunk.length;
    }
    return new TextDecoder().decode(bytes);
  }
}
