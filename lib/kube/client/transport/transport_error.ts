/** What happened to a request on its way, as opposed to what the API server answered. */

import { messageOf } from "../../../base/errors.ts";
import { AnswerTooLargeError } from "../answer_limits.ts";

/** A request without a usable answer. */
export class TransportError extends Error {
  override readonly name = "TransportError";

  /**
   * @param request What was asked, such as `GET /api/v1/namespaces/default`.
   * @param kind `unreachable`: no connection came about; `broken`: it ended too early, or what came
   * was no answer; `tooLarge`: more came than was asked for; `timeout`: nothing came in time; `aborted`:
   * the caller ended it.
   * @param problem Appended to the message.
   * @param cause What the runtime threw.
   */
  constructor(
    readonly request: string,
    readonly kind: "unreachable" | "broken" | "tooLarge" | "timeout" | "aborted",
    problem: string,
    cause?: unknown,
  ) {
    super(`${request} failed: ${problem}`, { cause });
  }
}

/** Makes a {@link TransportError} of what `fetch` or a read of its body threw. */
export function transportErrorOf(request: string, thrown: unknown): TransportError {
  if (thrown instanceof TransportError) return thrown;
  if (thrown instanceof AnswerTooLargeError) {
    return new TransportError(request, "tooLarge", thrown.message);
  }
  const texts = messagesOf(thrown);
  // The HTTP library's own word for "no connection came about"; there is no code for it.
  const unreachable = texts.some((text) => text.includes("client error (Connect)"));
  const problem = texts.filter((text) => text.toLowerCase() !== "fetch failed").join(": ") ||
    "unknown error";
  return new TransportError(request, unreachable ? "unreachable" : "broken", problem, thrown);
}

/** Why `fetch` got no answer, without the URL, which the runtime repeats. */
export function reasonOfFetch(thrown: unknown): string {
  const { message } = transportErrorOf("the request", thrown);
  return /client error \(Connect\): (.*)$/s.exec(message)?.[1] ?? message;
}

/** Messages of an error and its causes, outermost first. */
function messagesOf(thrown: unknown): string[] {
  const texts: string[] = [];
  for (let error = thrown; error !== undefined && texts.length < 10;) {
    texts.push(messageOf(error));
    error = error instanceof Error ? error.cause : undefined;
  }
  return texts;
}
