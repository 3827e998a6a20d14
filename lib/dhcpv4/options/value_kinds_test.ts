/** What holds for every kind of value; what only one kind does has a test beside it. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { ip, octets } from "../../../tests/support/dhcp/dhcp_packets.ts";
import { parseCidr } from "../../net/cidr.ts";
import type { Ipv4Address } from "../../net/ipv4_address.ts";
import { ADDRESS, ADDRESSES } from "./addresses.ts";
import { DOMAIN_NAMES } from "./domain_search.ts";
import { MESSAGE_TYPE } from "./message_type.ts";
import { SECONDS, UINT16, UINT16S, UINT32, UINT8, UINT8S } from "./numbers.ts";
import { OCTETS, PRESENCE } from "./octets.ts";
import { OPTIONS } from "./registry.ts";
import { CLASSFUL_ROUTES, CLASSLESS_ROUTES } from "./routes.ts";
import { SUB_OPTIONS } from "./sub_options.ts";
import { TEXT } from "./text.ts";
import type { ValueKind } from "./value_kind.ts";

const anyAddress = fc.integer({ min: 0, max: 0xffffffff }) as fc.Arbitrary<Ipv4Address>;
const anyOctets = fc.uint8Array({ maxLength: 40 });
const anyLabel = fc.stringMatching(/^[a-z0-9]{1,12}$/);
const anyPrefix = fc.tuple(anyAddress, fc.nat(32)).map(([network, prefixLength]) => ({
  network: (prefixLength === 0 ? 0 : (network >>> (32 - prefixLength)) << (32 - prefixLength)) >>>
    0 as Ipv4Address,
  prefixLength,
}));

/** The default mask of the network's class. */
function classPrefix(network: Ipv4Address): number {
  const widths = [[0x80000000, 8], [0xc0000000, 16], [0xe0000000, 24]] as const;
  return widths.find(([end]) => network < end)?.[1] ?? 0;
}

interface KindCase<T> {
  readonly kind: ValueKind<T>;
  readonly example: T;
  readonly octets: readonly number[];
  readonly text: string;
  readonly any: fc.Arbitrary<T>;
}

function kindCase<T>(
  kind: ValueKind<T>,
  [example, octets, text]: readonly [T, readonly number[], string],
  any: fc.Arbitrary<T>,
): KindCase<unknown> {
  return { kind, example, octets, text, any };
}

const ROUTE = { destination: parseCidr("10.16.0.0/12")!, gateway: ip("192.0.2.9") };
const CLASS_ROUTE = { destination: parseCidr("10.0.0.0/8")!, gateway: ip("192.0.2.9") };

const KINDS: Readonly<Record<string, KindCase<unknown>>> = {
  ADDRESS: kindCase(ADDRESS, [ip("192.0.2.1"), [192, 0, 2, 1], "192.0.2.1"], anyAddress),
  ADDRESSES: kindCase(
    ADDRESSES,
    [
      [ip("192.0.2.1"), ip("255.254.253.252")],
      [192, 0, 2, 1, 255, 254, 253, 252],
      "192.0.2.1, 255.254.253.252",
    ],
    fc.array(anyAddress, { minLength: 1 }),
  ),
  UINT8: kindCase(UINT8, [200, [200], "200"], fc.nat(0xff)),
  UINT8S: kindCase(UINT8S, [[1, 3], [1, 3], "1, 3"], fc.array(fc.nat(0xff), { minLength: 1 })),
  UINT16: kindCase(UINT16, [1472, [5, 192], "1472"], fc.nat(0xffff)),
  UINT16S: kindCase(
    UINT16S,
    [[7, 0xfffe], [0, 7, 0xff, 0xfe], "7, 65534"],
    fc.array(fc.nat(0xffff), { minLength: 1 }),
  ),
  UINT32: kindCase(
    UINT32,
    [0xfffffffe, [255, 255, 255, 254], "4294967294"],
    fc.integer({ min: 0, max: 0xffffffff }),
  ),
  SECONDS: kindCase(SECONDS, [300, [0, 0, 1, 44], "300 s"], fc.nat(0xffff)),
  TEXT: kindCase(TEXT, ["a.b", [97, 46, 98], '"a.b"'], fc.stringMatching(/^[ -~]{1,30}$/)),
  OCTETS: kindCase(
    OCTETS,
    [Uint8Array.of(0, 255), [0, 255], "00ff"],
    fc.uint8Array({ minLength: 1 }),
  ),
  PRESENCE: kindCase(PRESENCE, [true, [], "empty"], fc.constant(true as const)),
  MESSAGE_TYPE: kindCase(
    MESSAGE_TYPE,
    ["ACK", [5], "ACK"],
    fc.constantFrom("DISCOVER", "OFFER", "REQUEST", "NAK", "INFORM"),
  ),
  DOMAIN_NAMES: kindCase(
    DOMAIN_NAMES,
    [["a", "b.a"], [1, 97, 0, 1, 98, 0xc0, 0], "a, b.a"],
    fc.array(fc.array(anyLabel, { minLength: 1, maxLength: 4 }).map((labels) => labels.join(".")), {
      minLength: 1,
    }),
  ),
  SUB_OPTIONS: kindCase(
    SUB_OPTIONS,
    [
      [{ code: 1, value: Uint8Array.of(10, 11) }, { code: 19, value: new Uint8Array() }],
      [1, 2, 10, 11, 19, 0],
      "1=0a0b, 19=empty",
    ],
    fc.array(
      fc.record({ code: fc.nat(255), value: anyOctets }, { noNullPrototype: true }),
      { minLength: 1 },
    ),
  ),
  CLASSLESS_ROUTES: kindCase(
    CLASSLESS_ROUTES,
    [[ROUTE], [12, 10, 16, ...octets("192.0.2.9")], "10.16.0.0/12 via 192.0.2.9"],
    fc.array(
      fc.record({ destination: anyPrefix, gateway: anyAddress }, { noNullPrototype: true }),
      { minLength: 1 },
    ),
  ),
  CLASSFUL_ROUTES: kindCase(
    CLASSFUL_ROUTES,
    [[CLASS_ROUTE], [...octets("10.0.0.0"), ...octets("192.0.2.9")], "10.0.0.0 via 192.0.2.9"],
    fc.array(
      fc.tuple(anyAddress, anyAddress)
        .filter(([network, gateway]) => classPrefix(network) > 0 && gateway > 0)
        .map(([network, gateway]) => ({
          destination: { network, prefixLength: classPrefix(network) },
          gateway,
        })),
      { minLength: 1 },
    ),
  ),
};

for (const [name, { kind, example, octets, text, any }] of Object.entries(KINDS)) {
  Deno.test(`${name} writes, reads and shows its example`, () => {
    assert.deepEqual([...kind.encode(example)], octets);
    assert.deepEqual(kind.decode(Uint8Array.from(octets)), example);
    assert.equal(kind.format(example), text);
  });

  Deno.test(`${name} reads what it writes, whatever the value`, () => {
    fc.assert(
      fc.property(any, (value) => {
        const written = Uint8Array.from(kind.encode(value));
        assert.deepEqual(kind.decode(written), value);
        assert.ok(allowsLength(kind, written.length), `${written.length} octets`);
      }),
    );
  });

  Deno.test(`${name} reads only lengths that it allows, and shows printable text`, () => {
    fc.assert(
      fc.property(anyOctets, (octets) => {
        const value = kind.decode(octets);
        if (value === undefined) return;
        assert.ok(allowsLength(kind, octets.length), `${octets.length} octets`);
        assert.match(kind.format(value), /^[ -~]+$/);
      }),
      { numRuns: 500 },
    );
  });
}

Deno.test("the tests of kinds leave out no kind of the table", () => {
  const tested = new Set(Object.values(KINDS).map(({ kind }) => kind));
  for (const { code, kind } of OPTIONS) assert.ok(tested.has(kind), `${code}`);
});

Deno.test("ADDRESSES and TEXT write nothing for nothing, which is then not sent", () => {
  assert.equal(ADDRESSES.encode([]).length, 0);
  assert.equal(TEXT.encode("").length, 0);
});

/** Whether a value of this kind can have this length. */
function allowsLength({ lengths }: ValueKind<unknown>, bytes: number): boolean {
  const { min, max, unit } = lengths;
  return bytes >= min && bytes <= max && bytes % Math.max(unit, 1) === 0;
}
