import { deepEqual } from "node:assert/strict";
import { dumpLeases } from "../reconcile/cache_dump.ts";
import { leaseTable, mac } from "../../tests/support/dhcp/dhcp_packets.ts";
import { formatMacAddress } from "../net/mac_address.ts";
import { parseLeases, parseUnknown } from "./agent_dumps.ts";

/** The dump of a table, whose first client has asked. */
function dump(isVerbose: boolean): { text: string; macs: readonly string[] } {
  const table = leaseTable();
  const macs = [...table.bindings()].map(([each]) => formatMacAddress(each)).sort();
  const seen = { mac: macs[0]!, time: "2026-01-31T12:00:00Z", type: "REQUEST", outcome: "ack" };
  const lastSeenOf = (each: ReturnType<typeof mac>) =>
    formatMacAddress(each) === macs[0] ? { ...seen, count: 3 } : undefined;
  const entries = dumpLeases(table, isVerbose ? lastSeenOf : undefined);
  return { text: JSON.stringify(Object.fromEntries(entries)), macs };
}

Deno.test("parseLeases() reads when each client of our agents asked last", () => {
  const { text, macs } = dump(true);
  const leases = parseLeases(text);
  deepEqual(leases.ok && [...leases.value.keys()], macs);
  deepEqual(leases.ok && leases.value.get(macs[0]!)?.lastAsked, {
    time: "2026-01-31T12:00:00Z",
    type: "REQUEST",
    outcome: "ack",
    count: 3,
  });
  deepEqual(leases.ok && leases.value.get(macs[1]!)?.lastAsked, null);
});

Deno.test("parseLeases() knows that agents of the Go program do not say who asked", () => {
  const { text, macs } = dump(false);
  const leases = parseLeases(text);
  deepEqual(leases.ok && Object.keys(leases.value.get(macs[0]!)!), ["address"]);
});

for (const text of ["", "null", "[]", "<html>", "7"]) {
  Deno.test(`no dump is ${JSON.stringify(text)}`, () => {
    deepEqual([parseLeases(text).ok, parseUnknown(text, "a/b").ok], [false, false]);
  });
}

Deno.test("parseUnknown() reads the machines of one pool, whatever else is there", () => {
  const machine = {
    macAddress: "02:00:00:00:00:01",
    count: 2,
    firstSeen: "2026-01-31T11:00:00Z",
    lastSeen: "2026-01-31T12:00:00Z",
    lastMessage: "DISCOVER",
    interface: "eth1",
    hostname: "printer",
  };
  const text = JSON.stringify({ "a/b": [machine, 7], "a/c": [], __proto__: null });
  deepEqual(parseUnknown(text, "a/b"), { ok: true, value: [machine] });
  deepEqual(parseUnknown(text, "a/none"), { ok: true, value: [] });
  deepEqual(parseUnknown(text, "constructor"), { ok: true, value: [] });
});
