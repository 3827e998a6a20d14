import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { FastClock } from "../../../tests/support/clocks/fast_clock.ts";
import { statusBody } from "../../../tests/support/kube/kube_samples.ts";
import { RecordingLogger } from "../../../tests/support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../../tests/support/metrics/recording_registry.ts";
import { PodClient } from "./pod_client.ts";
import type { PodAnswer } from "./pod_port.ts";

/** What the kubelet does after it has received the request. */
type Kubelet = (send: (channel: number, text: string) => void, end: () => void) => void;

interface Exchange {
  readonly outcome: Promise<PodAnswer>;
  readonly requests: readonly { readonly url: string; readonly authorization: string | null }[];
  readonly received: readonly string[];
}

/** Asks a pod through a server that is an API server and a kubelet in one. */
async function ask(
  kubelet: Kubelet | Response,
  check: (exchange: Exchange) => Promise<void>,
  signal = AbortSignal.timeout(10_000),
): Promise<void> {
  const requests: { url: string; authorization: string | null }[] = [];
  const received: string[] = [];
  const closed: Promise<void>[] = [];
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    const { pathname, search } = new URL(request.url);
    requests.push({
      url: `${pathname}${search}`,
      authorization: request.headers.get("authorization"),
    });
    if (kubelet instanceof Response) return kubelet.clone();
    if (request.headers.get("upgrade") !== "websocket") {
      return new Response("Upgrade request required", { status: 400 });
    }
    const { socket, response } = Deno.upgradeWebSocket(request, { protocol: "v4.channel.k8s.io" });
    const send = (channel: number, bytes: Uint8Array) =>
      socket.send(new Uint8Array([channel, ...bytes]));
    const encoder = new TextEncoder();
    closed.push(new Promise((resolve) => socket.onclose = () => resolve()));
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      for (const channel of [0, 1]) send(channel, new Uint8Array([8080 & 255, 8080 >> 8]));
    };
    socket.onmessage = ({ data }) => {
      received.push(new TextDecoder().decode(new Uint8Array(data as ArrayBuffer, 1)));
      kubelet((channel, text) => send(channel, encoder.encode(text)), () => socket.close());
    };
    return response;
  });
  const client = new PodClient({
    server: `http://127.0.0.1:${server.addr.port}`,
    token: { text: "a" },
  }, {
    userAgent: "test",
    clock: new FastClock(1),
    random: () => 0,
    log: new RecordingLogger(),
    registry: new RecordingRegistry(),
  });
  const request = {
    pod: { namespace: "lab", name: "agent-1" },
    port: 8080,
    path: "/leases/lab/a?verbose=1",
  };
  try {
    const outcome = client.askPod(request, signal);
    outcome.catch(() => {});
    await check({ outcome, requests, received });
  } finally {
    await Promise.all(closed);
    client.close();
  }
}

Deno.test("askPod() asks through the API server with the credentials of the user", async () => {
  await ask(
    (send) => send(0, "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}"),
    async (exchange) => {
      deepEqual(await exchange.outcome, { status: 200, body: "{}" });
      deepEqual(exchange.requests, [{
        url: "/api/v1/namespaces/lab/pods/agent-1/portforward?ports=8080",
        authorization: "Bearer a",
      }]);
      match(
        exchange.received.join(""),
        /^GET \/leases\/lab\/a\?verbose=1 HTTP\/1\.0\r\n.*\r\n\r\n$/s,
      );
    },
  );
});

const answers: readonly { readonly name: string; readonly kubelet: Kubelet; want: PodAnswer }[] = [
  {
    name: "comes in pieces",
    kubelet: (send) => {
      for (
        const piece of "HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\n\r\nnone".match(/.{1,7}/gs)!
      ) {
        send(0, piece);
      }
    },
    want: { status: 404, body: "none" },
  },
  {
    name: "has no length and goes on until the end",
    kubelet: (send, end) => {
      send(0, "HTTP/1.0 200 OK\r\n\r\n");
      send(0, "some");
      send(0, "thing");
      end();
    },
    want: { status: 200, body: "something" },
  },
  {
    name: "has a body with letters of several octets",
    kubelet: (send) => send(0, "HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\n日本"),
    want: { status: 200, body: "日本" },
  },
];

for (const { name, kubelet, want } of answers) {
  Deno.test(`askPod() takes an answer that ${name}`, async () => {
    await ask(kubelet, async ({ outcome }) => deepEqual(await outcome, want));
  });
}

const failures: readonly {
  readonly name: string;
  readonly kubelet: Kubelet | Response;
  readonly says: RegExp;
}[] = [
  {
    name: "the kubelet says why it has no way to the port",
    kubelet: (send) => send(1, "connection refused"),
    says: /portforward failed: connection refused/,
  },
  {
    name: "the connection ends within the answer",
    kubelet: (send, end) => {
      send(0, "HTTP/1.0 200 OK\r\nContent-Length: 20\r\n\r\nhalf");
      end();
    },
    says: /ended the connection before its answer/,
  },
  {
    name: "the port serves something else",
    kubelet: (send, end) => {
      send(0, "SSH-2.0\r\n\r\n");
      end();
    },
    says: /no HTTP/,
  },
  {
    name: "the user has no right to it",
    kubelet: Response.json(
      statusBody(403, "Forbidden", 'cannot get resource "pods/portforward"'),
      { status: 403 },
    ),
    says: /StatusError: cannot get resource "pods\/portforward"/,
  },
  {
    name: "the server speaks no WebSocket",
    kubelet: new Response("Upgrade request required", { status: 400 }),
    says: /the way to the pod does not open/,
  },
];

for (const { name, kubelet, says } of failures) {
  Deno.test(`askPod() rejects when ${name}`, async () => {
    await ask(kubelet, ({ outcome }) => rejects(outcome, (error) => says.test(String(error))));
  });
}

Deno.test("askPod() gives up when its signal aborts", async () => {
  const stop = new AbortController();
  await ask(() => stop.abort(), async ({ outcome, received }) => {
    equal(await outcome.then(() => "answered", () => "gave up"), "gave up");
    equal(received.length, 1);
  }, stop.signal);
});
