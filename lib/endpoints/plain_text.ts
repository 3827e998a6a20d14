/** Answers for people. */

import { type HttpResponse, textResponse } from "../http/exchange.ts";

/** A line of text. */
export function plainText(status: number, line: string): HttpResponse {
  return textResponse(`${line}\n`, status);
}
