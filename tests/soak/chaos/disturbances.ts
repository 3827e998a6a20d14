/** What goes wrong around a process, again and again, until the time is up. */

import type { KubeApi } from "../../support/apiserver/kube_api.ts";
import type { ShiftedClock } from "./shifted_clock.ts";
import type { TroubledProcess } from "./troubled_process.ts";

/** Something that goes wrong; ends soon after the signal with everything as it was. */
export type Disturbance = (signal: AbortSignal) => Promise<void>;

const DAY_SECONDS = 86_400;
/** Where the clock jumps: to the past of a host without one, to the future, a bit to either side. */
const CLOCK_JUMPS = [-60 * DAY_SECONDS, 3600, -3600, 20 * 365 * DAY_SECONDS, -50, 0];

const IDLE_CONNECTIONS = 1000;
const UNREAD_CONNECTIONS = 60;
const RELOADS = 20;
const TURN_MS = 5000;
const CHURN_MS = 200;
const CONNECT_MS_MAX = 2000;

/** No new descriptor, then as many as before. */
export function exhaustDescriptors(subject: TroubledProcess): Disturbance {
  return async (signal) => {
    while (await pause(TURN_MS, signal)) {
      await subject.exhaustDescriptors();
      await pause(TURN_MS, signal);
      await subject.freeDescriptors();
    }
  };
}

/** No octet more on the disk, then room again. */
export function fillDisk(subject: TroubledProcess): Disturbance {
  return async (signal) => {
    while (await pause(TURN_MS, signal)) {
      await subject.fillDisk();
      await pause(TURN_MS, signal);
      await subject.emptyDisk();
    }
  };
}

/** The date jumps. */
export function jumpClock(clock: ShiftedClock): Disturbance {
  return async (signal) => {
    for (let turn = 0; await pause(TURN_MS, signal); turn++) {
      await clock.jumpTo(CLOCK_JUMPS[turn % CLOCK_JUMPS.length]!);
    }
    await clock.jumpTo(0);
  };
}

/** SIGHUP in bursts. */
export function reload(subject: TroubledProcess): Disturbance {
  return async (signal) => {
    while (await pause(TURN_MS, signal)) {
      for (let time = 0; time < RELOADS; time++) subject.signal("SIGHUP");
    }
  };
}

/** An edit that reaches the clients, over and over. */
export function churn(api: KubeApi, pool: string): Disturbance {
  return async (signal) => {
    for (let turn = 0; await pause(CHURN_MS, signal); turn++) {
      const dns = [`192.0.2.${turn % 200}`];
      await api.patch("ippools", pool, { spec: { ipv4Config: { dns } } }).catch(() => {
        // The disk is full, or the server has no descriptor for the connection.
      });
    }
  };
}

/** A port of a process, and how a connection to it is opened. */
export interface Door {
  readonly port: number;
  /** Absent for plain TCP: what to trust. */
  readonly certificateAuthority?: string;
}

/** Connections that never say a word. */
export function crowd(door: Door): Disturbance {
  return (signal) => connect(door, { count: IDLE_CONNECTIONS, request: "" }, signal);
}

/** Connections that ask for much and read nothing. @param headers Lines, each with its end. */
export function readNothing(door: Door, path: string, headers = ""): Disturbance {
  // Several at once: each answer is another that nobody reads.
  const request = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${door.port}\r\n${headers}\r\n`.repeat(
    8,
  );
  return (signal) => connect(door, { count: UNREAD_CONNECTIONS, request }, signal);
}

/** Opens connections over and over, and keeps each for a turn. */
async function connect(
  { port, certificateAuthority }: Door,
  { count, request }: { readonly count: number; readonly request: string },
  signal: AbortSignal,
): Promise<void> {
  const address = { hostname: "127.0.0.1", port };
  const open = () =>
    certificateAuthority === undefined
      ? Deno.connect(address)
      : Deno.connectTls({ ...address, caCerts: [certificateAuthority] });
  do {
    const connections: Deno.Conn[] = [];
    for (let each = 0; each < count && !signal.aborted; each++) {
      try {
        const connection = await inTime(open());
        connections.push(connection);
        if (request !== "") await connection.write(new TextEncoder().encode(request));
      } catch {
        break; // It is refused or cut, as it should be.
      }
    }
    await pause(TURN_MS, signal);
    for (const connection of connections) connection.close();
  } while (!signal.aborted);
}

/** @throws {Error} when the connection takes long; it is closed once it is there. */
async function inTime(opening: Promise<Deno.Conn>): Promise<Deno.Conn> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new Error("no connection in time"));
    opening.then((connection) => connection.close(), () => {});
  }, CONNECT_MS_MAX);
  try {
    return await Promise.race([opening, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** @returns Whether the whole time passed before the signal. */
function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(false);
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve(!signal.aborted);
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
