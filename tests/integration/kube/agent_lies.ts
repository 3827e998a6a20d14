/** What an agent in the hands of a tenant may say to the controller. */

import type { JsonObject } from "../../../lib/base/json.ts";
import { REPORTED_HOSTS_MAX } from "../../../lib/reconcile/agent_report.ts";
import { QUIET_WIRE } from "../../support/controller/agent_worlds.ts";

/** Who is asked, and how often it was. */
export interface Asked {
  readonly pool: string;
  readonly instance: string;
  readonly time: number;
}

/** What a connection is sent: pieces, one after another, for as long as the other side takes them. */
export type Lie = (asked: Asked) => AsyncGenerator<string>;

const TEXT = new TextEncoder();

function instant(ms = Date.now()): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** A report that says that all is well, with changes. */
function reportOf({ pool, instance }: Asked, changes: JsonObject = {}): JsonObject {
  return { pool, instance, startedAt: instant(), ...QUIET_WIRE, ...changes };
}

async function* http(body: string, status = "200 OK"): AsyncGenerator<string> {
  yield `HTTP/1.1 ${status}\r\nContent-Length: ${TEXT.encode(body).length}\r\n\r\n${body}`;
}

function reports(changesOf: (asked: Asked) => JsonObject): Lie {
  return (asked) => http(JSON.stringify(reportOf(asked, changesOf(asked))));
}

function randomMac(): string {
  const octets = crypto.getRandomValues(new Uint8Array(5));
  return `52:${[...octets].map((octet) => octet.toString(16).padStart(2, "0")).join(":")}`;
}

async function* endless(): AsyncGenerator<string> {
  yield "HTTP/1.1 200 OK\r\n\r\n";
  for (;;) yield " ".repeat(65_536);
}

async function* slow(): AsyncGenerator<string> {
  yield "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    yield " ";
  }
}

async function* raw(...pieces: readonly string[]): AsyncGenerator<string> {
  yield* pieces;
}

async function* mute(): AsyncGenerator<string> {
  yield await new Promise<string>(() => {});
}

/** Another set of hosts with each report. */
function crowd(): JsonObject {
  const many = <T>(make: (i: number) => T) =>
    Array.from({ length: REPORTED_HOSTS_MAX }, (_, i) => make(i));
  const seen = () => ({ mac: randomMac(), lastTime: instant() });
  const server = (i: number) => ({
    ...seen(),
    serverIdentifier: `192.168.48.${i}`,
    ...{ won: Number.MAX_SAFE_INTEGER, seen: Number.MAX_SAFE_INTEGER },
  });
  return {
    otherServers: many(server),
    impostors: many(server),
    serverAddressClaims: many(() => ({ ...seen(), count: 1 })),
    addressConflicts: many((i) => ({
      ...seen(),
      address: `192.168.48.${80 + i}`,
      ...{ how: "declined", count: 1 },
    })),
    unknownClients: { packets: 1e9, clients: 1e9, perMinute: 1e9 },
  };
}

const MARKUP = "\u001b[2J\u0000\r\n<script>alert(1)</script>${PATH}\u202e";

/** Ways to lie, each by its name. */
export const LIES: Readonly<Record<string, Lie>> = {
  "garbage": () => http("\u0000}{ not json"),
  "deep": () => http("[".repeat(200_000)),
  "long": (asked) => http(JSON.stringify(reportOf(asked)) + " ".repeat(300 * 1024)),
  "endless": () => endless(),
  "slow": () => slow(),
  "mute": () => mute(),
  "not-http": () => raw("\u0000\u0001\u0002", MARKUP, "\r\n\r\n"),
  "refusing": () => http("", "401 Unauthorized"),
  "redirecting": () => raw("HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1/\r\n\r\n"),
  "other-pool": reports(() => ({ pool: "lab/honest" })),
  "other-agent": reports(() => ({ instance: "somebody-else" })),
  "counts": reports(() => ({
    unknownClients: { packets: 1e308, clients: -1, perMinute: 0.5 },
  })),
  "marked-up": reports(() => ({
    ...{ resourceVersion: MARKUP, macAddress: MARKUP, staleSince: MARKUP, [MARKUP]: MARKUP },
    otherServers: [{ serverIdentifier: MARKUP, mac: MARKUP, won: 1, seen: 1, lastTime: MARKUP }],
  })),
  "past": reports(() => ({
    ...crowd(),
    ...{ startedAt: "0001-01-01T00:00:00Z", staleSince: "0001-01-01T00:00:00Z" },
  })),
  "future": reports(() => ({
    ...{ startedAt: "9999-12-31T23:59:59Z", staleSince: "9999-12-31T23:59:59Z" },
    serverAddressClaims: [{ mac: randomMac(), count: 1, lastTime: "9999-12-31T23:59:59Z" }],
  })),
  "crowd": reports(crowd),
  "restless": reports(({ time }) => ({
    ...time % 2 === 0 ? crowd() : { staleSince: instant() },
    resourceVersion: `${time}`,
  })),
};

/** Reports that all is well. */
export const TRUTH: Lie = reports(() => ({}));
