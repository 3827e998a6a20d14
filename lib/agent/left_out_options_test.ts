import assert from "node:assert/strict";
import { ip, leaseTable, M1, poolParameters } from "../../tests/support/dhcp/dhcp_packets.ts";
import { RecordingLogger } from "../../tests/support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../tests/support/metrics/recording_registry.ts";
import { POOL, POOL_LABELS } from "../../tests/support/network/dhcp_server_setup.ts";
import type { LeaseTable } from "../dhcpv4/lease.ts";
import type { DhcpOption } from "../dhcpv4/options/value_kind.ts";
import { AgentMetrics } from "./agent_metrics.ts";
import { LeftOutOptions } from "./left_out_options.ts";

const ROUTES: DhcpOption = { code: 121, value: new Uint8Array(285) };
const CUSTOM: DhcpOption = { code: 224, value: [1] };
const HOUR_MS = 3_600_000;

function setUp() {
  const log = new RecordingLogger();
  const registry = new RecordingRegistry();
  const options = new LeftOutOptions(new AgentMetrics(registry, POOL), log);
  function named(leftOut: readonly DhcpOption[], nowMs: number, table: LeaseTable): unknown[] {
    const before = log.lines.length;
    options.note(leftOut, M1, { table, nowMs });
    return log.lines.slice(before).map(({ fields }) => fields.option);
  }
  return { log, registry, named };
}

Deno.test("LeftOutOptions names each option once an hour, and counts it each time", () => {
  const { log, registry, named } = setUp();
  const table = leaseTable();
  assert.deepEqual(named([ROUTES], 5, table), [121]);
  assert.deepEqual(named([ROUTES, CUSTOM], 6, table), [224]);
  assert.deepEqual(named([ROUTES], 4 + HOUR_MS, table), []);
  assert.deepEqual(named([ROUTES], 5 + HOUR_MS, table), [121]);
  assert.deepEqual(named([], 5 + 3 * HOUR_MS, table), []);
  const metric = "vmdhcpagent_options_left_out_total";
  assert.equal(registry.value(metric, { ...POOL_LABELS, option: "121" }), 4);
  assert.equal(registry.value(metric, { ...POOL_LABELS, option: "224" }), 1);
  assert.deepEqual(log.lines[0], {
    level: "warn",
    msg: "a reply has no room for an option",
    fields: {
      option: 121,
      name: "classless static route",
      octets: 285,
      mac: "52:54:00:12:34:56",
    },
  });
});

Deno.test("LeftOutOptions names options again when the pool sends something else", () => {
  const { named } = setUp();
  const dns = (text: string) => leaseTable(poolParameters({ dns: [ip(text)] }));
  assert.deepEqual(named([ROUTES], 1, dns("192.0.2.53")), [121]);
  assert.deepEqual(named([ROUTES], 2, dns("192.0.2.53")), [], "other bindings, same options");
  assert.deepEqual(named([ROUTES], 3, dns("192.0.2.54")), [121]);
  assert.deepEqual(named([ROUTES], 4, leaseTable(poolParameters({ dns: [] }))), [121]);
});
