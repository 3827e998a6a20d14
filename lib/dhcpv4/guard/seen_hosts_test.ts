import assert from "node:assert/strict";
import { mulberry32 } from "../../../tests/support/harness/seeded_random.ts";
import type { MacAddress } from "../../net/mac_address.ts";
import { SeenHosts } from "./seen_hosts.ts";

const STALE_MS = 900_000;

function host(i: number) {
  return { mac: 0x020000000000 + i as MacAddress, address: 1 };
}

function full(nowMs = 0): SeenHosts {
  const hosts = new SeenHosts();
  for (let i = 0; i < 32; i++) hosts.see(host(i), nowMs);
  return hosts;
}

Deno.test("SeenHosts tells hosts apart by MAC and by address", () => {
  const hosts = new SeenHosts();
  hosts.see(host(1), 0);
  hosts.see({ ...host(1), address: 2 }, 5);
  hosts.see(host(1), 7);
  assert.deepEqual(hosts.list, [
    { ...host(1), count: 2, lastMs: 7 },
    { ...host(1), address: 2, count: 1, lastMs: 5 },
  ]);
});

Deno.test("SeenHosts has no place for a newcomer while all were seen lately, unless it is admitted", () => {
  const hosts = full();
  hosts.see(host(99), STALE_MS - 1);
  assert.ok(!hosts.list.some(({ mac }) => mac === host(99).mac));
  hosts.admit(host(99), STALE_MS - 1);
  assert.deepEqual(hosts.list[0], { ...host(99), count: 1, lastMs: STALE_MS - 1 });
});

Deno.test("SeenHosts gives the place of the host that is silent for longest to a newcomer", () => {
  const hosts = full();
  for (let i = 0; i < 32; i++) if (i !== 7) hosts.see(host(i), 1000);
  hosts.see(host(99), STALE_MS);
  assert.equal(hosts.list[7]!.mac, host(99).mac);
});

Deno.test("SeenHosts keeps a host that is admitted while 31 others are", () => {
  const hosts = full();
  hosts.admit(host(99), 0);
  for (let i = 100; i < 131; i++) hosts.admit(host(i), 0);
  assert.ok(hosts.list.some(({ mac }) => mac === host(99).mac));
  hosts.admit(host(131), 0);
  assert.ok(!hosts.list.some(({ mac }) => mac === host(99).mac));
});

Deno.test("SeenHosts is short and without repetitions, whatever is seen", () => {
  const seed = 15;
  const random = mulberry32(seed);
  const hosts = new SeenHosts();
  for (let i = 0; i < 50_000; i++) {
    const sighting = host(Math.floor(random() ** 4 * 10_000));
    if (random() < 0.1) hosts.admit(sighting, i * 1000);
    else hosts.see(sighting, i * 1000);
    assert.ok(hosts.list.length <= 32, `seed ${seed}`);
  }
  assert.equal(new Set(hosts.list.map(({ mac }) => mac)).size, hosts.list.length);
});
