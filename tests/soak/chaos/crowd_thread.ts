/** The thread that crowds come from. It opens connections over and over, until it is ended. */

import type { Crowd, Door } from "./crowd.ts";

/** How long a connection is kept. */
const TURN_MS = 5000;
const CONNECT_MS_MAX = 2000;

addEventListener("message", (event) => {
  const { data: crowds } = event as MessageEvent<readonly Crowd[]>;
  for (const crowd of crowds) void come(crowd);
});

async function come({ door, connections, request }: Crowd): Promise<never> {
  for (;;) {
    const open: Deno.Conn[] = [];
    for (let each = 0; each < connections; each++) {
      try {
        const connection = await inTime(connect(door));
        open.push(connection);
        if (request !== "") await connection.write(new TextEncoder().encode(request));
      } catch {
        break; // It is refused or cut, as it should be.
      }
    }
    await new Promise((resolve) => setTimeout(resolve, TURN_MS));
    for (const connection of open) connection.close();
  }
}

function connect({ port, certificateAuthority }: Door): Promise<Deno.Conn> {
  const address = { hostname: "127.0.0.1", port };
  return certificateAuthority === undefined
    ? Deno.connect(address)
    : Deno.connectTls({ ...address, caCerts: [certificateAuthority] });
}

/** @throws {Error} when the connection takes long; it is closed once it is there. */
async function inTime(opening: Promise<Deno.Conn>): Promise<Deno.Conn> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new Error("no connection in time"));
    opening.then((connection) => connection.close(), () => {});
  }, CONNECT_MS_MAX);
  try {
    return await Promise.race([opening, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
