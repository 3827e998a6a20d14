/** What an API server answered to a request: its JSON, or why it refused. */

import { parseInSteps } from "../../base/json/json_steps.ts";
import type { Turns } from "../../base/turns.ts";
import { statusErrorOfResponse } from "./status_error.ts";
import type { StatusError } from "../contract.ts";
import type { AnswerMeter } from "./answer_limits.ts";
import { readFailure, readText } from "./response_body.ts";
import { describeRequest, type TransportRequest } from "./transport/transport.ts";
import { TransportError } from "./transport/transport_error.ts";

/**
 * The JSON of an answer.
 *
 * @throws {StatusError} when the server refused the request.
 * @throws {TransportError} when the answer is no JSON; otherwise like `readText`.
 */
export async function readAnswer(
  request: TransportRequest,
  response: Response,
  { signal, meter, turns }: {
    readonly signal: AbortSignal;
    readonly meter: AnswerMeter;
    readonly turns: Turns;
  },
): Promise<unknown> {
  if (!response.ok) throw await refusalOf(request, response, signal);
  const text = await readText(response, signal, meter);
  try {
    return await turns.run(parseInSteps(text));
  } catch {
    // The runtime's own message would repeat a part of the answer, which may be a secret.
    throw new TransportError(describeRequest(request), "broken", "the answer is no JSON");
  }
}

/** Why the server refused a request. */
export async function refusalOf(
  request: TransportRequest,
  response: Response,
  signal: AbortSignal,
): Promise<StatusError> {
  return statusErrorOfResponse({
    request: describeRequest(request),
    code: response.status,
    retryAfter: response.headers.get("retry-after"),
    body: await readFailure(response, signal),
  });
}
