/**
 * An API server with one large pool, of which it has a new version as soon as the last one was read, once a
 * message has told it to begin. A script for a worker, which gets its port.
 */

import type { KubeObject } from "../../../lib/api/meta.ts";
import { formatIpv4Address, ipv4AddressFromNumber } from "../../../lib/net/ipv4_address.ts";
import { formatMacAddress, type MacAddress } from "../../../lib/net/mac_address.ts";
import { ippoolSample } from "../../support/apiserver/samples.ts";

const BINDINGS = 30_000;
const FIRST_ADDRESS = 0x0a000100;

/** MAC of the first client. */
export const FIRST_MAC = 0x525400480000;

/** Of the first version; the digits of all are as many. */
const FIRST_VERSION = 100_001;

/** The pool as the API server sends it. */
function lineOf(version: number): Uint8Array<ArrayBuffer> {
  const allocated = Object.fromEntries(Array.from({ length: BINDINGS }, (_, index) => [
    formatIpv4Address(ipv4AddressFromNumber(FIRST_ADDRESS + index)),
    formatMacAddress(FIRST_MAC + index + (index < BINDINGS - 1 ? 0 : version) as MacAddress),
  ]));
  const object: KubeObject = ippoolSample({
    metadata: { name: "net-48", uid: "u", resourceVersion: String(version) },
    ipv4Config: { serverIP: "10.255.0.1", cidr: "10.0.0.0/8", router: "10.255.0.2", ntp: [] },
    pool: { start: "10.0.1.0", end: "10.0.255.0", exclude: [] },
    status: { ipv4: { allocated, used: BINDINGS, available: 0 } },
  });
  return encode({ type: version === FIRST_VERSION ? "ADDED" : "MODIFIED", object });
}

/** Gives lines that differ in their version, and by turns in their last binding, without making them anew. */
function createLines(): () => Uint8Array {
  const lines = [1, 2].map((further) => lineOf(FIRST_VERSION + further));
  const digitsAt = new TextDecoder().decode(lines[0]).indexOf(String(FIRST_VERSION + 1));
  let version = FIRST_VERSION;
  return () => {
    const line = lines[version++ % 2]!.slice();
    line.set(new TextEncoder().encode(String(version)), digitsAt);
    return line;
  };
}

function encode(event: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${JSON.stringify(event)}\n`);
}

function watch(begun: Promise<void>): ReadableStream<Uint8Array> {
  const nextLine = createLines();
  return new ReadableStream({
    start(controller) {
      const annotations = { "k8s.io/initial-events-end": "true" };
      const metadata = { resourceVersion: String(FIRST_VERSION), annotations };
      controller.enqueue(lineOf(FIRST_VERSION));
      controller.enqueue(encode({ type: "BOOKMARK", object: { metadata } }));
    },
    async pull(controller) {
      await begun;
      controller.enqueue(nextLine());
    },
  });
}

/** Serves until the worker ends. */
function serve(): void {
  const parent = self as unknown as Worker;
  const begun = new Promise<void>((resolve) => parent.onmessage = () => resolve());
  const onListen = ({ port }: Deno.NetAddr) => parent.postMessage(port);
  Deno.serve({ hostname: "127.0.0.1", port: 0, onListen }, ({ url }) => {
    const isWatch = new URL(url).searchParams.has("watch");
    return isWatch ? new Response(watch(begun)) : new Response("{}", { status: 500 });
  });
}

if ("WorkerGlobalScope" in globalThis) serve();
