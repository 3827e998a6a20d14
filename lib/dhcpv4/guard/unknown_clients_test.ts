import assert from "node:assert/strict";
import type { MacAddress } from "../../net/mac_address.ts";
import { UnknownClients } from "./unknown_clients.ts";

function macOf(i: number): MacAddress {
  return 0x525400000000 + i as MacAddress;
}

for (const clients of [1, 10, 100, 1000, 5000]) {
  Deno.test(`UnknownClients counts ${clients} addresses that ask three times each`, () => {
    const unknown = new UnknownClients();
    for (let i = 0; i < 3 * clients; i++) unknown.note(macOf(i % clients), i);
    const counts = unknown.counts(3 * clients);
    assert.deepEqual([counts.packets, counts.perMinute], [3 * clients, 3 * clients]);
    const error = Math.abs(counts.clients - clients) / clients;
    assert.ok(error <= 0.05, `${counts.clients} for ${clients}`);
  });
}

Deno.test("UnknownClients has an answer under a flood of made-up addresses", () => {
  const unknown = new UnknownClients();
  for (let i = 0; i < 1_000_000; i++) unknown.note(macOf(i), 0);
  const { packets, clients } = unknown.counts(0);
  assert.equal(packets, 1_000_000);
  assert.ok(clients > 5000 && clients <= packets, `${clients}`);
});

Deno.test("UnknownClients tells of the busier of two minutes, and of no others", () => {
  const unknown = new UnknownClients();
  for (let i = 0; i < 10; i++) unknown.note(macOf(i), 0);
  unknown.note(macOf(1), 60_000);
  assert.deepEqual(unknown.counts(60_000), { packets: 11, clients: 10, perMinute: 10 });
  unknown.note(macOf(1), 120_000);
  assert.deepEqual(unknown.counts(120_000), { packets: 12, clients: 1, perMinute: 1 });
  assert.deepEqual(unknown.counts(1_000_000), { packets: 12, clients: 0, perMinute: 0 });
});
