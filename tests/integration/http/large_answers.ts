/**
 * A process that answers each request with a text of its own of 8 MiB, which it then forgets. `/memory`
 * says how much memory it has when that is collected, in octets. Needs `--v8-flags=--expose-gc`.
 */

import { textResponse } from "../../../lib/http/exchange.ts";
import { listen } from "../../../lib/http/listener.ts";
import { createLineLogger } from "../../../lib/sys/host/line_logger.ts";
import { endConnections, prepareListener } from "../../../lib/sys/host/tcp_connections.ts";

const TEXT_BYTES = 8 * 1024 * 1024;

declare const gc: () => void;

function collectedBytes(): number {
  gc();
  return Deno.memoryUsage().rss;
}

let count = 0;
const log = createLineLogger({
  format: "json",
  level: "info",
  nowMs: Date.now,
  writeLine: () => {},
});
const { port } = listen({
  hostname: "127.0.0.1",
  port: 0,
  sockets: { endConnections, prepareListener },
  log,
  handle: ({ path }) =>
    Promise.resolve(
      textResponse(
        path === "/memory" ? `${collectedBytes()}` : `${++count} `.padEnd(TEXT_BYTES, "x"),
      ),
    ),
});
console.log(port);
