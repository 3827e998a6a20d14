/**
 * A TCP relay as a process of its own. Tests stop it: its connections stay open then, and nothing comes
 * through. Relays to the port of its argument and prints its own.
 */

const target = { hostname: "127.0.0.1", port: Number(Deno.args[0]) };
const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
console.log((listener.addr as Deno.NetAddr).port);

async function relay(client: Deno.TcpConn): Promise<void> {
  const server = await Deno.connect(target);
  for (const connection of [client, server]) connection.setNoDelay(true);
  // When one side breaks off, the end of its stream tells the other side.
  await Promise.allSettled([
    client.readable.pipeTo(server.writable),
    server.readable.pipeTo(client.writable),
  ]);
}

for await (const client of listener) relay(client).catch(() => {});
