import assert from "node:assert/strict";
import { parseCidr } from "../net/cidr.ts";
import { parseIpv4Address } from "../net/ipv4_address.ts";
import { addressRangeOf, checkAddresses } from "./address_range.ts";
import { defaultAddressesOf } from "./default_addresses.ts";

const ROUTERS = [undefined, 1, 2, 3, -2] as const;

for (let prefixLength = 8; prefixLength <= 32; prefixLength++) {
  Deno.test(`defaultAddressesOf() gives /${prefixLength} a faultless range, or none`, () => {
    const cidr = parseCidr(`10.0.0.0/${prefixLength}`)!;
    const size = 2 ** (32 - prefixLength);
    for (const last of ROUTERS) {
      const host = last === undefined ? 1 : last < 0 ? size + last : last;
      if (host < 1 || host > size - 2) continue;
      const router = last === undefined ? undefined : parseIpv4Address(
        [24, 16, 8, 0].map((bits) => (0x0a000000 + host) >>> bits & 255).join("."),
      );
      const found = defaultAddressesOf({ cidr, router });
      assert.equal(found === undefined, size - 2 <= (router === undefined ? 1 : 2));
      if (found === undefined) continue;
      const settings = { cidr, exclude: [], ...found, ...(router && { router }) };
      assert.deepEqual(checkAddresses(settings), []);
      const range = addressRangeOf(settings);
      assert.equal(range.ok && range.value.allocatableCount, size - 2 - (router ? 2 : 1));
    }
  });
}
