import assert from "node:assert/strict";
import { QUIET_WIRE } from "../../../tests/support/controller/agent_worlds.ts";
import type { AddressConflict, AgentReport, ReportedServer } from "../agent_report.ts";
import { NETWORK_CLEAR, networkClearOf } from "./network_clear.ts";
import { knownConditionsOf, nothingKnown } from "./shown_condition.ts";
import type { PoolOnWire } from "./wire_sentences.ts";
import { WireSightings } from "./wire_sightings.ts";

const VM = "52:54:00:00:00:01";
const OTHER = "52:54:00:00:00:99";
const START = Date.UTC(2026, 0, 1, 12);
const MINUTE = 60_000;

const POOL: PoolOnWire = {
  key: "default/ippool-1",
  network: "default/net-48",
  serverIP: "192.168.48.77",
  isBound: (address, mac) => address === "192.168.48.82" && mac === VM,
  isOtherPoolsServer: (address) => address === "192.168.48.78",
};

const QUIET: AgentReport = {
  pool: POOL.key,
  instance: "agent-a",
  startedAt: "2026-01-01T11:00:00Z",
  ...QUIET_WIRE,
};

function timeAt(ms: number): string {
  return `${new Date(START + ms).toISOString().slice(0, 19)}Z`;
}

function conflict(changes: Partial<AddressConflict> = {}): Partial<AgentReport> {
  const lastTime = timeAt(0);
  const made = { address: "192.168.48.82", mac: VM, how: "arp", count: 1, lastTime, ...changes };
  return { addressConflicts: [made as AddressConflict] };
}

function otherServer(changes: Partial<ReportedServer>): ReportedServer {
  const mac = "00:00:00:00:00:00";
  return {
    ...{ serverIdentifier: "192.168.48.9", mac, won: 0, seen: 0, lastTime: timeAt(0) },
    ...changes,
  };
}

/** What a pool is said to be after reports, each at its time. */
function conditionAfter(
  reports: readonly (readonly [number, Partial<AgentReport>])[],
  atMs: number,
): string {
  const sightings = new WireSightings();
  for (const [ms, changes] of reports) {
    sightings.note({ ...QUIET, ...changes }, { monotonicMs: ms, nowMs: START + ms });
  }
  const { status, reason, message } = networkClearOf(sightings.current(atMs), POOL);
  return [status, reason, message].join(" ");
}

function usedByOther(times: string): string {
  return `False AddressConflict 192.168.48.82, bound to ${VM}, is used by host ${OTHER} as well ` +
    `(${times}); give that host another address`;
}

const CLEAR = "True NothingSeen no agent has seen another host in the way lately";

const CASES = [
  { name: "no agent that saw anything", reports: [[0, {}]], want: CLEAR },
  {
    name: "another host with an address",
    reports: [[0, conflict({ otherMac: OTHER })]],
    want: usedByOther("seen once"),
  },
  {
    name: "two agents that count the same packets",
    reports: [
      [0, conflict({ otherMac: OTHER, count: 7 })],
      [10, { ...conflict({ otherMac: OTHER, count: 7 }), instance: "agent-b" }],
    ],
    want: usedByOther("seen at least 5 times"),
  },
  {
    name: "an agent that began to count anew",
    reports: [
      [0, conflict({ otherMac: OTHER, count: 9 })],
      [30, {
        ...conflict({ otherMac: OTHER, count: 2 }),
        startedAt: "2026-01-01T11:59:00Z",
      }],
    ],
    want: usedByOther("seen at least 10 times"),
  },
  {
    name: "a client that declined",
    reports: [[0, conflict({ how: "declined" })]],
    want: `False AddressConflict 192.168.48.82, bound to ${VM}, was declined by that client, ` +
      "which found it in use by another host (seen once); find that host (arping 192.168.48.82) " +
      "and give it another address",
  },
  {
    name: "a DECLINE in the name of another client",
    reports: [[0, conflict({ how: "declined", otherMac: OTHER, count: 25 })]],
    want: `False AddressConflict 192.168.48.82, bound to ${VM}, was declined by host ${OTHER} in ` +
      "the name of that client (seen at least 20 times); the client keeps it; find out why that " +
      "host sends such packets",
  },
  {
    name: "a conflict about an address that has another holder by now",
    reports: [[0, conflict({ mac: OTHER })]],
    want: CLEAR,
  },
  {
    name: "another server, known by what a client chose only",
    reports: [[0, { otherServers: [otherServer({ won: 3 })] }]],
    want: "False OtherServer another DHCP server, 192.168.48.9, is on VM network default/net-48, " +
      "and clients of ippool default/ippool-1 chose it (seen at least 2 times); stop it there, or " +
      "pause ippool default/ippool-1",
  },
  {
    name: "another server whose MAC one agent knows, and whose choice another one saw",
    reports: [
      [0, { otherServers: [otherServer({ won: 1 })] }],
      [10, { otherServers: [otherServer({ mac: OTHER, won: 1, seen: 1 })] }],
      [20, { otherServers: [otherServer({ mac: OTHER, seen: 2 })], instance: "agent-b" }],
    ],
    want: `False OtherServer another DHCP server, 192.168.48.9 (${OTHER}), is on VM network ` +
      "default/net-48, and clients of ippool default/ippool-1 chose it (seen at least 2 times); " +
      "stop it there, or pause ippool default/ippool-1",
  },
  {
    name: "the server of another pool of the network",
    reports: [[0, { otherServers: [otherServer({ serverIdentifier: "192.168.48.78", won: 1 })] }]],
    want: CLEAR,
  },
  {
    name: "another host in the server's name, and one with its address",
    reports: [[0, {
      impostors: [{
        serverIdentifier: "192.168.48.77",
        mac: OTHER,
        won: 0,
        seen: 1,
        lastTime: timeAt(0),
      }],
      serverAddressClaims: [{ mac: OTHER, count: 2, lastTime: timeAt(0) }],
    }]],
    want: "False ServerAddressInUse 192.168.48.77, the serverIP of ippool default/ippool-1, is " +
      `used by host ${OTHER} as well (seen at least 2 times); give that host another address; ` +
      `host ${OTHER} answers DHCP in the name of 192.168.48.77, the server of ippool ` +
      "default/ippool-1 (seen once); stop it, or have the bridge drop forged frames",
    atMs: MINUTE,
  },
  {
    name: "another agent of the pool, which has not been asked yet",
    reports: [[0, { serverAddressClaims: [{ mac: OTHER, count: 2, lastTime: timeAt(0) }] }]],
    want: CLEAR,
  },
  {
    name: "another agent of the pool",
    reports: [
      [0, { serverAddressClaims: [{ mac: OTHER, count: 2, lastTime: timeAt(0) }] }],
      [30_000, { instance: "agent-b", macAddress: OTHER }],
    ],
    want: CLEAR,
    atMs: MINUTE,
  },
  {
    name: "many unknown clients",
    reports: [[0, { unknownClients: { packets: 9000, clients: 130, perMinute: 1200 } }]],
    want:
      "False UnknownClients machines that ippool default/ippool-1 does not know send at least " +
      "1000 requests a minute, from at least 100 MAC addresses, and get no answer; find them on " +
      "VM network default/net-48, or give them NICs in a VirtualMachineNetworkConfig",
  },
  {
    name: "a few unknown clients, which may be another server's",
    reports: [[0, { unknownClients: { packets: 9000, clients: 130, perMinute: 999 } }]],
    want: CLEAR,
  },
  {
    name: "what was seen before this controller asked, lately",
    reports: [[14 * MINUTE, conflict({ otherMac: OTHER })]],
    want: usedByOther("seen once"),
    atMs: 14 * MINUTE,
  },
  {
    name: "what was seen before this controller asked, long ago",
    reports: [[15 * MINUTE, conflict({ otherMac: OTHER })]],
    want: CLEAR,
  },
  {
    name: "what is counted no more",
    reports: [
      [0, conflict({ otherMac: OTHER })],
      [15 * MINUTE, conflict({ otherMac: OTHER })],
    ],
    want: CLEAR,
  },
  {
    name: "what an agent with a slow clock still counts",
    reports: [
      [0, conflict({ otherMac: OTHER, lastTime: "2025-01-01T00:00:00Z" })],
      [MINUTE, conflict({ otherMac: OTHER, count: 2, lastTime: "2025-01-01T00:01:00Z" })],
    ],
    want: usedByOther("seen once"),
  },
  {
    name: "what an agent with a fast clock saw",
    reports: [[0, conflict({ otherMac: OTHER, lastTime: "2027-01-01T00:00:00Z" })]],
    want: usedByOther("seen once"),
  },
] as const;

for (const { name, reports, want, ...rest } of CASES) {
  const atMs = "atMs" in rest ? rest.atMs : reports.at(-1)![0];
  Deno.test(`networkClearOf() after ${name}`, () => {
    assert.equal(conditionAfter(reports as Parameters<typeof conditionAfter>[0], atMs), want);
  });
}

Deno.test("WireSightings keeps the host that goes on when thousands are made up", () => {
  const sightings = new WireSightings();
  const server = (number: number, seen: number) => ({
    serverIdentifier: `10.0.${number >> 8}.${number & 255}`,
    mac: OTHER,
    won: 0,
    seen,
    lastTime: timeAt(0),
  });
  for (let round = 1; round <= 100; round++) {
    const madeUp = Array.from({ length: 31 }, (_, i) => server(round * 31 + i, 1));
    sightings.note(
      { ...QUIET, otherServers: [...madeUp, server(0, 5 * round)] },
      { monotonicMs: round, nowMs: START + round },
    );
  }
  const current = sightings.current(100);
  assert.equal(current.length, 32);
  assert.deepEqual([current[0]!.key, current[0]!.count], [`server 10.0.0.0 ${OTHER}`, 500]);
});

Deno.test("WireSightings goes on counting what an agent sees while others come and go", () => {
  const sightings = new WireSightings();
  const rounds = 40;
  for (let round = 1; round <= rounds; round++) {
    const now = { monotonicMs: round, nowMs: START + round };
    for (const [instance, seen] of [["stays", round], [`short-lived-${round}`, 1]] as const) {
      const server = { serverIdentifier: "10.0.0.9", mac: OTHER, won: 0, seen };
      sightings.note(
        { ...QUIET, instance, otherServers: [{ ...server, lastTime: timeAt(0) }] },
        now,
      );
    }
  }
  assert.deepEqual(sightings.current(rounds).map(({ count }) => count), [rounds]);
});

Deno.test("knownConditionsOf() leaves what stands there while nothing is known", () => {
  const stood = nothingKnown(NETWORK_CLEAR, "why; what to do");
  const current = [{ ...stood, lastTransitionTime: "then" }];
  assert.deepEqual(knownConditionsOf(NETWORK_CLEAR, "notYet", current), [stood]);
  assert.deepEqual(knownConditionsOf(NETWORK_CLEAR, "notYet", undefined), []);
});
