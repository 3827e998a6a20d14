/**
 * Sends UDP payloads by broadcast; runs as a process inside a network namespace.
 * Usage: send_payloads.ts FILE ADDRESS:PORT, where FILE has a payload in hex on each line.
 */

import { createSocket } from "node:dgram";
import { once } from "node:events";

const [file = "", target = ""] = Deno.args;
const [address, port] = target.split(":");
const socket = createSocket("udp4");
socket.bind(0);
await once(socket, "listening");
socket.setBroadcast(true);
for (const line of (await Deno.readTextFile(file)).split("\n")) {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.send(
    Uint8Array.fromHex(line),
    Number(port),
    address,
    (error) => error === null ? resolve() : reject(error),
  );
  await promise;
}
socket.close();
