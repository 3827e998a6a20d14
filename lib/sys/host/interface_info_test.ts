import assert from "node:assert/strict";
import { parseIpv4Address } from "../../net/ipv4_address.ts";
import { inspectInterface } from "./interface_info.ts";
import "../../../tests/support/network/load_libc.ts";

Deno.test("inspectInterface() describes the loopback interface, which every host has", () => {
  const found = inspectInterface("lo");
  assert.ok(found);
  assert.deepEqual([found.name, found.index, found.macAddress], ["lo", 1, 0]);
  assert.ok(found.mtuBytes >= 1500);
  if (found.up) assert.ok(found.ipv4Addresses.includes(parseIpv4Address("127.0.0.1")!));
});

Deno.test("inspectInterface() gives undefined for an interface that does not exist", () => {
  assert.equal(inspectInterface("nosuchlink"), undefined);
});

const IMPOSSIBLE: readonly { readonly name: string; readonly message: RegExp }[] = [
  { name: "abcdefghijklmnop", message: /"abcdefghijklmnop" has 16 octets.* at most 15/ },
  { name: "eth1/2", message: /"eth1\/2" cannot be the name of an interface/ },
  { name: "eth1:0", message: /"eth1:0" cannot be the name of an interface/ },
  { name: "eth 1", message: /"eth 1" cannot be the name of an interface/ },
  { name: "..", message: /"\.\." cannot be the name of an interface/ },
  { name: "", message: /"" cannot be the name of an interface/ },
];

for (const { name, message } of IMPOSSIBLE) {
  Deno.test(`inspectInterface() says why "${name}" cannot be an interface`, () => {
    assert.throws(() => inspectInterface(name), message);
  });
}
