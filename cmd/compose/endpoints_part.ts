/** The HTTP endpoints as a part that a process can do without. */

import type { Endpoints } from "../../lib/endpoints/http_endpoints.ts";
import type { HttpListener } from "../../lib/http/listener.ts";
import type { OptionalParts, Part } from "./optional_parts.ts";
import { type HttpFlags, type ProcessParts, serveEndpoints } from "./process_parts.ts";

/** Endpoints that are served, or will be. */
export interface EndpointsPart extends Part {
  /** Field of a log line: where they are served; nothing while they are not. */
  url(): { readonly http?: string };
  close(): Promise<void>;
}

/** Serves the endpoints as soon as that is possible, and has `/readyz` tell of all parts. */
export function startEndpoints(
  flags: HttpFlags,
  parts: ProcessParts,
  { optional, ...endpoints }: Endpoints & { readonly optional: OptionalParts },
): EndpointsPart {
  let listener: HttpListener | undefined;
  const url = () =>
    listener === undefined ? {} : { http: `http://${flags.http.hostname}:${listener.port}` };
  const part = optional.start({
    name: "http",
    lack: "health, metrics and dumps are not served",
    attempt: async () => {
      listener = await serveEndpoints(flags, parts, {
        ...endpoints,
        unready: () => [...endpoints.unready(), ...optional.unready()],
      });
      parts.log.log("info", "endpoints are served", url());
    },
  });
  return Object.assign(part, { url, close: async () => await listener?.close() });
}
