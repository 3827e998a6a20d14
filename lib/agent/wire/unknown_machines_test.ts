import assert from "node:assert/strict";
import { leaseTable, MX, poolParameters } from "../../../tests/support/dhcp/dhcp_packets.ts";
import { setUpWireMemory } from "../../../tests/support/dhcp/wire_memory_setup.ts";
import { formatMacAddress, type MacAddress } from "../../net/mac_address.ts";

Deno.test("WireMemory lists the machines without a binding that ask, with what they say of themselves", async () => {
  const { clock, wire, send } = setUpWireMemory();
  const name = [...new TextEncoder().encode("web-7\0")];
  send({ mac: MX, options: [[12, name], [60, [...new TextEncoder().encode("udhcp 1.36.1")]]] });
  await clock.advance(4000);
  send({ mac: MX });
  send({});
  const [machine, ...others] = wire.unknown(() => false);
  const { firstSeen, lastSeen, ...rest } = machine!;
  assert.deepEqual(rest, {
    macAddress: formatMacAddress(MX),
    count: 2,
    lastMessage: "DISCOVER",
    interface: "eth1",
    vendorClass: "udhcp 1.36.1",
    hostname: "web-7",
  });
  assert.equal(Date.parse(lastSeen) - Date.parse(firstSeen), 4000);
  assert.deepEqual(others, []);
  assert.deepEqual(wire.unknown((mac) => mac === MX), [], "it has a binding by now");
});

Deno.test("WireMemory shows no text of a machine that would steer a terminal, nor a long one as a whole", () => {
  const { wire, send } = setUpWireMemory();
  send({ mac: MX, options: [[12, [27, 91, 50, 74]], [60, new Array(200).fill(65)]] });
  const [machine] = wire.unknown(() => false);
  assert.equal(machine?.hostname, undefined);
  assert.equal(machine?.vendorClass, "A".repeat(64));
});

Deno.test("WireMemory names a machine without a binding once in ten minutes, with how often it asked", async () => {
  const { clock, log, send } = setUpWireMemory();
  for (let minute = 0; minute <= 21; minute++) {
    send({ mac: MX });
    await clock.advance(60_000);
  }
  const lines = log.lines.filter(({ msg }) => msg === "a machine without an address asks");
  assert.deepEqual(
    lines.map(({ level, fields }) => [level, fields?.mac, fields?.count, fields?.interface]),
    [1, 11, 21].map((count) => ["info", formatMacAddress(MX), count, "eth1"]),
  );
});

Deno.test("WireMemory names few of many made-up machines, says how many requests it left out, and names one that goes on", async () => {
  const { clock, log, wire, send } = setUpWireMemory();
  const minutes = 5;
  for (let second = 0; second < minutes * 60; second++) {
    for (let i = 0; i < 1000; i++) {
      send({ mac: (0x060000000000 + second * 1000 + i) as MacAddress });
    }
    if (second % 8 === 0) send({ mac: MX });
    await clock.advance(1000);
    wire.count(undefined);
  }
  const named = log.lines.filter(({ msg }) => msg === "a machine without an address asks");
  assert.ok(named.length <= 34 + 20 * minutes, `${named.length} lines`);
  assert.equal(named.filter(({ fields }) => fields?.mac === formatMacAddress(MX)).length, 1);
  const summaries = log.lines.filter(({ msg }) => msg.startsWith("more machines"));
  assert.equal(summaries.length, minutes);
  const unnamed = summaries.map(({ fields }) => fields?.requests as number);
  assert.ok(unnamed.every((requests) => requests > 59_000 && requests < 61_000), `${unnamed}`);
  assert.equal(
    wire.unknown(() => false).filter(({ macAddress }) => macAddress === formatMacAddress(MX))
      .length,
    1,
  );
});

Deno.test("WireMemory names no machine that may be a client of another pool of the network", () => {
  const { log, wire, send } = setUpWireMemory(leaseTable(poolParameters({ networkShared: true })));
  send({ mac: MX });
  assert.deepEqual(log.lines, []);
  assert.equal(wire.unknown(() => false).length, 1);
});
