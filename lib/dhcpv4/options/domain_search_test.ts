import assert from "node:assert/strict";
import { decodeDomainSearch, encodeDomainSearch } from "./domain_search.ts";

/** Reads the list as RFC 1035 section 4.1.4 has a client do it; pointers must point backwards. */
function readNames(value: Uint8Array): string[] {
  const names: string[] = [];
  for (let at = 0; at < value.length;) {
    const labels: string[] = [];
    let position = at;
    let end: number | undefined;
    while (value[position] !== 0) {
      const head = value[position]!;
      if (head >= 0xc0) {
        const target = (head & 0x3f) * 256 + value[position + 1]!;
        assert.ok(target < position, "pointer points backwards");
        end ??= position + 2;
        position = target;
      } else {
        assert.ok(head <= 63 && position + 1 + head <= value.length, "label is whole");
        labels.push(new TextDecoder().decode(value.subarray(position + 1, position + 1 + head)));
        position += 1 + head;
      }
    }
    names.push(labels.join("."));
    at = end ?? position + 1;
  }
  return names;
}

Deno.test("encodeDomainSearch() is the example of RFC 3397 section 2", () => {
  const value = encodeDomainSearch(["eng.apple.com.", "marketing.apple.com."]);
  const want = [..."\x03eng\x05apple\x03com\x00\x09marketing\xc0\x04"];
  assert.deepEqual([...value], want.map((character) => character.charCodeAt(0)));
});

Deno.test("encodeDomainSearch() writes names that a client reads back", () => {
  const long = "a".repeat(63);
  const lists = [
    ["example.com"],
    ["example.com", "example.com", "com", "lab.example.com", "x.lab.example.com", "org"],
    [`${long}.${long}.${long}.${"b".repeat(61)}`, `${long}.${"b".repeat(61)}`],
    Array.from({ length: 60 }, (_, i) => `rack-${i}.row.building.example.org`),
  ];
  for (const names of lists) assert.deepEqual(readNames(encodeDomainSearch(names)), names);
});

Deno.test("encodeDomainSearch() compresses names that differ in case only by their tail", () => {
  const value = encodeDomainSearch(["Example.COM", "a.example.com"]);
  assert.deepEqual(readNames(value), ["Example.COM", "a.Example.COM"]);
});

Deno.test("encodeDomainSearch() points no further than a pointer reaches", () => {
  const names = Array.from({ length: 400 }, (_, i) => `${String(i).repeat(20).slice(0, 50)}.z${i}`);
  const repeated = [...names, ...names.slice(-3)];
  assert.deepEqual(readNames(encodeDomainSearch(repeated)), repeated);
});

Deno.test("encodeDomainSearch() leaves out names that cannot be written", () => {
  const long = "a".repeat(63);
  const of256Octets = `${long}.${long}.${long}.${"b".repeat(62)}`;
  const bad = ["", ".", "a..b", ".a", "a".repeat(64), `${"a.".repeat(127)}aa`, of256Octets];
  assert.deepEqual(readNames(encodeDomainSearch([...bad, "example.com"])), ["example.com"]);
  assert.equal(encodeDomainSearch(bad).length, 0);
});

Deno.test("decodeDomainSearch() reads what encodeDomainSearch() writes", () => {
  const names = ["example.com", "lab.example.com", "a.b.lab.example.com", "other.test"];
  assert.deepEqual(decodeDomainSearch(encodeDomainSearch(names)), names);
  assert.deepEqual(decodeDomainSearch(new Uint8Array()), []);
});

Deno.test("decodeDomainSearch() ends on every value, and reads none that is not whole", () => {
  const values = [
    [1],
    [3, 97, 98],
    [1, 97],
    [0xc0],
    [0xc0, 0],
    [0xc0, 2, 0xc0, 0],
    [1, 97, 0xc0, 0],
    [1, 97, 0xc0, 9],
    [64, 97, 0],
    [0x80, 0, 0],
    new Array(600).fill(0).map((_, i) => i % 2 === 0 ? 1 : 97),
  ];
  for (const value of values) {
    assert.equal(decodeDomainSearch(Uint8Array.from(value)), undefined, `${value}`);
  }
  assert.deepEqual(decodeDomainSearch(Uint8Array.of(2, 10, 200, 0)), ["??"]);
});
