import assert from "node:assert/strict";
import { cidrContains, edgesOf, formatCidr, isHostOf, parseCidr, subnetMaskOf } from "./cidr.ts";
import { formatIpv4Address, parseIpv4Address } from "./ipv4_address.ts";

Deno.test("parseCidr() clears host bits and formatCidr() writes the prefix back", () => {
  const cases = [
    ["192.0.2.0/24", "192.0.2.0/24"],
    ["192.0.2.77/24", "192.0.2.0/24"],
    ["203.0.113.255/25", "203.0.113.128/25"],
    ["10.1.2.3/8", "10.0.0.0/8"],
    ["255.255.255.255/0", "0.0.0.0/0"],
    ["192.0.2.1/32", "192.0.2.1/32"],
  ] as const;
  for (const [text, want] of cases) assert.equal(formatCidr(parseCidr(text)!), want, text);
});

Deno.test("parseCidr() accepts nothing but address/0 to address/32", () => {
  const texts = ["", "192.0.2.0", "192.0.2.0/", "192.0.2.0/33", "192.0.2.0/024", "192.0.2.0/-1"];
  texts.push("192.0.2/24", "192.0.2.256/24", "192.0.2.0/24 ", "192.0.2.0/24/24", "2001:db8::/32");
  texts.push("192.0.2.0/255.255.255.0", "192.0.2.0/1e1");
  for (const text of texts) assert.equal(parseCidr(text), undefined, JSON.stringify(text));
});

Deno.test("subnetMaskOf() and edgesOf() hold for every kind of prefix", () => {
  const cases = [
    ["0.0.0.0/0", "0.0.0.0", "255.255.255.255"],
    ["128.0.0.0/1", "128.0.0.0", "255.255.255.255"],
    ["10.0.0.0/8", "255.0.0.0", "10.255.255.255"],
    ["192.0.2.128/25", "255.255.255.128", "192.0.2.255"],
    ["192.0.2.4/30", "255.255.255.252", "192.0.2.7"],
    ["192.0.2.4/31", "255.255.255.254", undefined],
    ["192.0.2.4/32", "255.255.255.255", undefined],
  ] as const;
  for (const [text, mask, broadcast] of cases) {
    assert.equal(formatIpv4Address(subnetMaskOf(parseCidr(text)!)), mask, text);
    const edges = edgesOf(parseCidr(text)!);
    assert.equal(edges && formatIpv4Address(edges.broadcast), broadcast, text);
    assert.equal(edges?.network, edges && parseCidr(text)!.network, text);
  }
});

Deno.test("cidrContains() includes the first and the last address and no neighbour", () => {
  const cases = [
    ["192.0.2.0/24", "192.0.1.255", false],
    ["192.0.2.0/24", "192.0.2.0", true],
    ["192.0.2.0/24", "192.0.2.255", true],
    ["192.0.2.0/24", "192.0.3.0", false],
    ["0.0.0.0/0", "255.255.255.255", true],
    ["128.0.0.0/1", "127.255.255.255", false],
    ["192.0.2.4/32", "192.0.2.4", true],
    ["192.0.2.4/32", "192.0.2.5", false],
  ] as const;
  for (const [prefix, address, want] of cases) {
    const contains = cidrContains(parseCidr(prefix)!, parseIpv4Address(address)!);
    assert.equal(contains, want, `${prefix} ${address}`);
  }
});

Deno.test("isHostOf() leaves out the edges of a prefix of 30 bits, and none of a longer one", () => {
  const hosts = (prefix: string) =>
    ["192.0.2.3", "192.0.2.4", "192.0.2.5", "192.0.2.6", "192.0.2.7", "192.0.2.8"]
      .filter((text) => isHostOf(parseCidr(prefix)!, parseIpv4Address(text)!))
      .map((text) => text.slice(-1)).join("");
  assert.equal(hosts("192.0.2.4/30"), "56");
  assert.equal(hosts("192.0.2.4/31"), "45");
  assert.equal(hosts("192.0.2.5/32"), "5");
});
