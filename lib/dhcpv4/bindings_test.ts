import assert from "node:assert/strict";
import { ip } from "../../tests/support/dhcp/dhcp_packets.ts";
import type { Ipv4Address } from "../net/ipv4_address.ts";
import { BROADCAST_MAC, type MacAddress } from "../net/mac_address.ts";
import { Bindings } from "./bindings.ts";

const FIRST = 0x525400000000;

Deno.test("Bindings finds what it holds and nothing else, however the MACs lie", () => {
  for (const size of [0, 1, 2, 3, 4, 5, 1000]) {
    for (const stride of [1, 2, 256, 65_536, 2 ** 32]) {
      const macs = Array.from({ length: size }, (_, i) => (FIRST + i * stride) as MacAddress);
      const bindings = Bindings.of(macs.map((mac, i) => [mac, i as Ipv4Address] as const));
      assert.equal(bindings.size, size);
      macs.forEach((mac, i) => {
        assert.equal(bindings.addressOf(mac), i, `${i} of ${size}, ${stride} apart`);
        assert.equal(bindings.ownerOf(i as Ipv4Address), mac, `${i} of ${size}, ${stride} apart`);
      });
      for (const mac of [FIRST - 1, FIRST + size * stride, 0, 1, BROADCAST_MAC]) {
        assert.equal(bindings.addressOf(mac as MacAddress), undefined, `${mac} of ${size}`);
      }
      for (const address of [size, 2 ** 32 - 1]) {
        assert.equal(bindings.ownerOf(address as Ipv4Address), undefined);
      }
    }
  }
});

Deno.test("Bindings knows no MAC of zeros", () => {
  const noMac = 0 as MacAddress;
  assert.equal(Bindings.of([]).addressOf(noMac), undefined);
  const bindings = Bindings.of([[noMac, ip("192.0.2.10")]]);
  assert.deepEqual([bindings.size, bindings.addressOf(noMac)], [0, undefined]);
  assert.equal(bindings.ownerOf(ip("192.0.2.10")), undefined);
});

Deno.test("Bindings keeps the highest and the lowest address", () => {
  const [a, b] = [FIRST, FIRST + 1] as MacAddress[];
  const bindings = Bindings.of([[a!, ip("255.255.255.255")], [b!, ip("0.0.0.0")]]);
  assert.deepEqual([...bindings], [[a, 0xffffffff], [b, 0]]);
  assert.deepEqual([bindings.ownerOf(ip("0.0.0.0")), bindings.addressOf(a!)], [b, 0xffffffff]);
});

Deno.test("Bindings never gives an address to two MACs, nor two addresses to one", () => {
  const [a, b, c] = [FIRST, FIRST + 1, FIRST + 2] as MacAddress[];
  const [first, second] = [ip("192.0.2.10"), ip("192.0.2.11")];
  const bindings = Bindings.of([[a!, first], [b!, first], [a!, second], [c!, second]]);
  assert.deepEqual([...bindings], [[a, first], [c, second]]);
  assert.deepEqual([bindings.addressOf(b!), bindings.ownerOf(second)], [undefined, c]);
});
