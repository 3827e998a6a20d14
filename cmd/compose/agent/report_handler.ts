/** `GET /report` of an agent; a request needs the token. */

import { agentReportOf, type Reporter } from "../../../lib/agent/report.ts";
import { TokenAuthenticator } from "../../../lib/http/bearer_token.ts";
import {
  type HttpRequest,
  type HttpResponse,
  jsonResponse,
  textResponse,
} from "../../../lib/http/exchange.ts";
import { parseMacAddress } from "../../../lib/net/mac_address.ts";

/** Makes the handler. Without the token, every path gives the same answer. */
export function createReportHandler(
  reporter: Reporter,
  token: string,
): (request: HttpRequest) => Promise<HttpResponse> {
  const authenticator = new TokenAuthenticator(token);
  // deno-lint-ignore require-await
  return async (request) => {
    if (!authenticator.accepts(request)) {
      const { headers, ...rest } = textResponse("a bearer token is needed\n", 401);
      return { ...rest, headers: { ...headers, "www-authenticate": "Bearer" } };
    }
    return answer(reporter, request);
  };
}

function answer(reporter: Reporter, { method, path, query }: HttpRequest): HttpResponse {
  if (path !== "/report") return textResponse("not found; there is /report\n", 404);
  if (method !== "GET") return textResponse(`${method} is not allowed, only GET\n`, 405);
  const text = query.get("mac");
  const mac = text === null ? undefined : parseMacAddress(text);
  if (text !== null && mac === undefined) {
    return textResponse("mac is no MAC address such as fa:cf:8e:50:82:fc\n", 400);
  }
  const report = agentReportOf(reporter, { lastSeen: query.get("lastSeen") === "1", mac });
  return jsonResponse(`${JSON.stringify(report)}\n`);
}
