/**
 * The API server commits a write, and then the connection dies: the client sends it once, says that
 * it does not know, and nothing is there twice. Over TLS, on connections that served before, where
 * the runtime would send a request again by itself.
 */

import assert from "node:assert/strict";
import type { KubeObject } from "../../../lib/api/meta.ts";
import type { ClosableKubeClient } from "../../../lib/kube/client/rest_client.ts";
import { TransportError } from "../../../lib/kube/client/transport/transport_error.ts";
import {
  ApiFaults,
  closeAfterCommit,
  type Fault,
  resetAfterCommit,
  silenceAfterCommit,
} from "../../support/apiserver/api_faults.ts";
import { startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";
import { FastClock } from "../../support/clocks/fast_clock.ts";
import { connectTo } from "../../support/kube/fault_sequence.ts";
import { gadget, GADGET_TYPE } from "../../support/kube/gadget.ts";

/** A fault, and the number of requests that met it. */
interface CountedFault {
  readonly fault: Fault;
  readonly times: number;
}

/** The same fault, counted. */
function withoutAnswer(fault: Fault): CountedFault {
  let times = 0;
  return {
    fault: {
      name: fault.name,
      apply: (...args) => {
        times++;
        return fault.apply(...args);
      },
    },
    get times() {
      return times;
    },
  };
}

/** Fifteen seconds without an answer pass in 0.3 s. */
const SPEED = 50;

const A = { namespace: "default", name: "a" };

function gadgetA(size: number, more: Partial<KubeObject["metadata"]> = {}): KubeObject {
  return { ...gadget("a", { size }), metadata: { ...A, ...more } };
}

interface Write {
  readonly verb: string;
  /** Whether `a` exists before. */
  readonly onExisting: boolean;
  readonly send: (client: ClosableKubeClient, existing: KubeObject) => Promise<unknown>;
  /** Sizes of the objects afterwards, in order of their names. */
  readonly sizes: readonly number[];
}

const WRITES: Readonly<Record<string, Write>> = {
  "a create": {
    verb: "POST",
    onExisting: false,
    send: (client) => client.create(GADGET_TYPE, gadgetA(1)),
    sizes: [1],
  },
  "a create with generateName": {
    verb: "POST",
    onExisting: false,
    send: (client) => {
      const metadata = { namespace: "default", generateName: "a-" };
      return client.create(GADGET_TYPE, { ...gadgetA(1), metadata } as unknown as KubeObject);
    },
    sizes: [1],
  },
  "an update with its version": {
    verb: "PUT",
    onExisting: true,
    send: (client, existing) => client.replace(GADGET_TYPE, { ...existing, spec: { size: 2 } }),
    sizes: [2],
  },
  "a patch with its version": {
    verb: "PATCH",
    onExisting: true,
    send: (client, { metadata: { resourceVersion } }) =>
      client.mergePatch(GADGET_TYPE, A, { metadata: { resourceVersion }, spec: { size: 3 } }),
    sizes: [3],
  },
  "a JSON patch that tests the version": {
    verb: "PATCH",
    onExisting: true,
    send: (client, { metadata: { resourceVersion } }) =>
      client.jsonPatch(GADGET_TYPE, A, [
        { op: "test", path: "/metadata/resourceVersion", value: resourceVersion },
        { op: "replace", path: "/spec/size", value: 4 },
      ]),
    sizes: [4],
  },
  "a deletion": {
    verb: "DELETE",
    onExisting: true,
    send: (client) => client.delete(GADGET_TYPE, A),
    sizes: [],
  },
};

const DEATHS: readonly { readonly fault: Fault; readonly kind: TransportError["kind"] }[] = [
  { fault: resetAfterCommit(), kind: "broken" },
  { fault: closeAfterCommit(), kind: "broken" },
  { fault: silenceAfterCommit(), kind: "timeout" },
];

for (const [what, { verb, onExisting, send, sizes }] of Object.entries(WRITES)) {
  for (const { fault, kind } of DEATHS) {
    Deno.test(`RestClient sends ${what} once when it meets a ${fault.name}, and does not report a refusal`, async () => {
      const faults = new ApiFaults();
      await using api = await startEmbeddedApi({ faults });
      const client = connectTo(api, new FastClock(SPEED), () => 0.5);
      try {
        const existing = onExisting ? await client.create(GADGET_TYPE, gadgetA(1)) : gadgetA(1);
        // After this, the connection has served a request.
        await client.list(GADGET_TYPE);
        const unanswered = withoutAnswer(fault);
        faults.on(verb, unanswered.fault, unanswered.fault);
        const failure = await send(client, existing).then(() => undefined, (error) => error);
        assert.ok(failure instanceof TransportError, String(failure));
        assert.equal(failure.kind, kind);
        assert.equal(unanswered.times, 1);
        const { items } = await client.list(GADGET_TYPE);
        assert.deepEqual(items.map(({ spec }) => (spec as { size: number }).size), sizes);
      } finally {
        client.close();
      }
    });
  }
}
