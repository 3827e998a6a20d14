/** What holds for the size of any reply, whatever the pool and the client. */

import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type ClientPacket,
  clientPayload,
  ip,
  leaseTable,
  MX,
  poolParameters,
  type WireOption,
} from "../../tests/support/dhcp/dhcp_packets.ts";
import { answer } from "../../tests/support/dhcp/dhcp_requests.ts";
import { parseCidr } from "../net/cidr.ts";
import { OptionCode } from "./options/registry.ts";
import type { StaticRoute } from "./options/routes.ts";
import type { PoolParameters } from "./pool.ts";
import { decodeMessage } from "./wire/decode.ts";
import type { DhcpOptions } from "./wire/options.ts";

/** Configured by a pool, in any amount. */
const anyPool: fc.Arbitrary<Partial<PoolParameters>> = fc.record({
  domainName: fc.constantFrom("a.example.com", "b".repeat(250)),
  domainSearch: fc.nat(32).map(namesOf),
  routes: fc.nat(64).map(routesOf),
  options: fc.uniqueArray(
    fc.record({
      code: fc.integer({ min: 150, max: 248 }),
      value: fc.uint8Array({ minLength: 1, maxLength: 255 }),
    }, { noNullPrototype: true }),
    { maxLength: 12, selector: ({ code }) => code },
  ),
});

function namesOf(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${"n".repeat(1 + i)}.site-${i}.example.org`);
}

function routesOf(count: number): StaticRoute[] {
  return Array.from({ length: count }, (_, i) => (
    { destination: parseCidr(`10.${i}.0.0/${17 + i % 8}`)!, gateway: ip("192.0.2.9") }
  ));
}

const anyMtu = fc.option(fc.integer({ min: 68, max: 1600 }), { nil: undefined });
const anyMaximum = fc.option(fc.oneof(fc.nat(65_535), fc.integer({ min: 560, max: 1510 })), {
  nil: undefined,
});

/** What this client asks for, and who it says it is. */
const anyAsker: fc.Arbitrary<WireOption[]> = fc.record({
  list: fc.option(
    fc.oneof(
      fc.uniqueArray(fc.integer({ min: 1, max: 254 }), { maxLength: 254 }),
      fc.shuffledSubarray([1, 3, 6, 15, 26, 28, 33, 42, 119, 121, 249]),
    ),
  ),
  identifier: fc.array(fc.nat(255), { minLength: 2, maxLength: 255 }),
}).map(({ list, identifier }) => [
  ...(list === null ? [] : [[55, list] as const]),
  [61, identifier],
]);

/** What a lease cannot do without. */
const MANDATORY = [53, 54, 51, 1];

/** Header up to the cookie, these options, END, and the headers of IP and UDP. */
const PACKET_BYTES_LEAST = 240 + 3 + 6 + 6 + 6 + 1 + 28;

/** `mtu` of the pool, option 57, MTU of the interface, and whether another host sent the request. */
type Limits = readonly [number | undefined, number | undefined, number, boolean];

Deno.test("a reply keeps every limit, and its options are whole or reported as left out", () => {
  const large: WireOption = [57, [0xff, 0xff]];
  const seen = { overloaded: 0, leftOut: 0 };
  function check(
    pool: Partial<PoolParameters>,
    asked: readonly WireOption[],
    [mtu, maximum, mtuBytes, isForeign]: Limits,
  ): void {
    const size: WireOption[] = maximum === undefined ? [] : [[57, [maximum >> 8, maximum & 255]]];
    const limited = leaseTable(poolParameters(mtu === undefined ? pool : { ...pool, mtu }));
    const packet: ClientPacket = {
      options: [...asked, ...size],
      ...(isForeign ? { ethernetSource: MX } : {}),
    };
    const answered = answer(packet, { table: limited, mtuBytes });
    const bytes = answered.replies[0]!.subarray(42);
    const limit = Math.min(Math.max(576, maximum ?? 576), mtuBytes, mtu ?? mtuBytes);
    assert.ok(bytes.length + 28 <= Math.max(limit, PACKET_BYTES_LEAST), `${limit}`);
    const requestBytes = clientPayload(packet).length;
    if (isForeign) assert.ok(bytes.length <= requestBytes + 600, `${requestBytes}`);
    const got = optionsOf(bytes);
    const leftOut = answered.leftOut.map(({ code }) => code);
    const roomy = answer({ options: [...asked, large] }, {
      table: leaseTable(poolParameters(pool)),
      mtuBytes: 20_000,
    });
    assert.deepEqual(roomy.leftOut, []);
    const wanted = optionsOf(roomy.replies[0]!.subarray(42));
    for (const code of wanted.codes()) {
      const value = leftOut.includes(code) ? undefined : wanted.get(code);
      assert.deepEqual(got.get(code), value, `option ${code}`);
    }
    for (const code of MANDATORY) assert.ok(got.get(code), `option ${code}`);
    if (leftOut.length > 0) seen.leftOut++;
    if (got.get(OptionCode.overload) !== undefined) seen.overloaded++;
  }
  const limits = fc.tuple(anyMtu, anyMaximum, fc.integer({ min: 576, max: 1500 }), fc.boolean());
  fc.assert(fc.property(anyPool, anyAsker, limits, check), { numRuns: 1500 });
  assert.ok(seen.leftOut > 20 && seen.overloaded > 20, JSON.stringify(seen));
});

function optionsOf(payload: Uint8Array): DhcpOptions {
  const decoded = decodeMessage(payload);
  assert.ok(decoded.ok);
  return decoded.message.options;
}
