import assert from "node:assert/strict";
import { ip } from "../../tests/support/dhcp_packets.ts";
import type { Ipv4Address } from "../net/ipv4_address.ts";
import { BROADCAST_MAC, type MacAddress } from "../net/mac_address.ts";
import { MacIndex } from "./mac_index.ts";

const FIRST = 0x525400000000;

Deno.test("MacIndex finds what it holds and nothing else, however the MACs lie", () => {
  for (const size of [0, 1, 2, 3, 4, 5, 1000]) {
    for (const stride of [1, 2, 256, 65_536, 2 ** 32]) {
      const macs = Array.from({ length: size }, (_, i) => (FIRST + i * stride) as MacAddress);
      const index = new MacIndex(new Map(macs.map((mac, i) => [mac, i as Ipv4Address])));
      macs.forEach((mac, i) => assert.equal(index.get(mac), i, `${i} of ${size}, ${stride} apart`));
      for (const mac of [FIRST - 1, FIRST + size * stride, 1, BROADCAST_MAC]) {
        assert.equal(index.get(mac as MacAddress), undefined, `${mac} of ${size}`);
      }
    }
  }
});

Deno.test("MacIndex knows no MAC of zeros", () => {
  const nobody = 0 as MacAddress;
  assert.equal(new MacIndex(new Map()).get(nobody), undefined);
  assert.equal(new MacIndex(new Map([[nobody, ip("192.0.2.10")]])).get(nobody), undefined);
});

Deno.test("MacIndex keeps the highest address", () => {
  const mac = FIRST as MacAddress;
  const highest = ip("255.255.255.255");
  assert.equal(new MacIndex(new Map([[mac, highest]])).get(mac), highest);
});
