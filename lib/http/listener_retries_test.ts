import assert from "node:assert/strict";
import { RecordingLogger } from "../../tests/support/metrics/recording_logger.ts";
import { textResponse } from "./exchange.ts";
import { type HttpListener, keepListening, listen } from "./listener.ts";

const hostname = "127.0.0.1";

Deno.test("keepListening() waits for a port that is taken, says why, and then listens", async () => {
  const log = new RecordingLogger();
  const handle = () => Promise.resolve(textResponse("fine"));
  const other = Deno.listen({ hostname, port: 0 });
  const { port } = other.addr;
  const listener = keepListening({ hostname, port, handle, log, cure: "choose another one" });
  const address = `${hostname}:${port}`;
  const reason = `cannot listen on ${address}: the port is in use by another process`;
  assert.equal(listener.unready(), reason);
  const [line] = log.lines;
  assert.deepEqual(
    [line?.level, line?.msg, line?.fields],
    ["warn", "http listener cannot listen yet", { reason: `${reason}; choose another one` }],
  );
  other.close();
  while (listener.unready() !== undefined) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(await (await fetch(`http://${address}/`)).text(), "fine");
  assert.equal(log.lines.length, 2, "the failure is said once");
  await listener.close();
  assert.equal(listener.unready(), "the listener is closed");
});

Deno.test("keepListening() takes no connection at a socket that cannot be prepared", async () => {
  const log = new RecordingLogger();
  const handle = () => Promise.resolve(textResponse("fine"));
  let isRefused = true;
  const addresses: string[] = [];
  function prepareListener(own: string): void {
    addresses.push(own);
    if (isRefused) throw new Error("the interface is gone");
  }
  const sockets = { endConnections: () => {}, prepareListener };
  const listener = keepListening({ hostname, port: 0, handle, log, sockets });
  assert.match(listener.unready() ?? "", /^cannot listen on .*: the interface is gone$/);
  const [port] = /\d+$/.exec(addresses[0]!)!;
  await assert.rejects(
    Deno.connect({ hostname, port: Number(port) }),
    Deno.errors.ConnectionRefused,
  );
  isRefused = false;
  while (listener.unready() !== undefined) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(await (await fetch(`http://${hostname}:${listener.port}/`)).text(), "fine");
  await listener.close();
});

/** A listener of which the first accepts fail. */
function listenWithFailures(
  log: RecordingLogger,
  count: number,
  errorOf: (left: number) => Error,
): HttpListener {
  const open = Deno.listen;
  let failures = count;
  Deno.listen = ((options: Deno.TcpListenOptions) => {
    const socket = open(options);
    const accept = socket.accept.bind(socket);
    socket.accept = async () => {
      if (failures === 0) return await accept();
      throw errorOf(--failures);
    };
    return socket;
  }) as typeof Deno.listen;
  try {
    const handle = () => Promise.resolve(textResponse("fine"));
    return listen({ hostname, port: 0, handle, log });
  } finally {
    Deno.listen = open;
  }
}

Deno.test("an accept that fails is tried again, and while it fails the listener says so", async () => {
  const log = new RecordingLogger();
  const said: (string | undefined)[] = [];
  const listener: HttpListener = listenWithFailures(log, 5, (left) => {
    if (left < 2) said.push(listener.unready());
    return new Error("Too many open files (os error 24)");
  });
  assert.equal(await (await fetch(`http://${hostname}:${listener.port}/`)).text(), "fine");
  const problem = `cannot accept connections on ${hostname}:${listener.port}: Too many open files`;
  assert.ok(said.length === 2 && said.every((each) => each?.startsWith(problem)), `${said}`);
  assert.equal(listener.unready(), undefined);
  assert.deepEqual(log.lines.map(({ msg }) => msg), ["http listener cannot accept connections"]);
  await listener.close();
});

Deno.test("clients that reset their connections before an accept do not make a listener deaf", async () => {
  const { ConnectionAborted, ConnectionReset, NotConnected } = Deno.errors;
  const log = new RecordingLogger();
  const said: (string | undefined)[] = [];
  const errors = [ConnectionAborted, ConnectionReset, NotConnected];
  const listener: HttpListener = listenWithFailures(log, 300, (left) => {
    said.push(left === 299 ? undefined : listener.unready());
    return new errors[left % errors.length]!("the client is gone");
  });
  assert.equal(await (await fetch(`http://${hostname}:${listener.port}/`)).text(), "fine");
  assert.deepEqual(new Set(said), new Set([undefined]));
  assert.deepEqual(log.lines, []);
  await listener.close();
});
