/** What goes wrong around a process, again and again, until the time is up. */

import type { KubeApi } from "../../support/apiserver/kube_api.ts";
import type { Crowd } from "./crowd.ts";
import type { ShiftedClock } from "../../support/clocks/shifted_clock.ts";
import type { TroubledProcess } from "./troubled_process.ts";

/** Something that goes wrong; ends soon after the signal with everything as it was. */
export type Disturbance = (signal: AbortSignal) => Promise<void>;

const DAY_SECONDS = 86_400;
/** Where the clock jumps: to the past of a host without one, to the future, a bit to either side. */
const CLOCK_JUMPS = [-60 * DAY_SECONDS, 3600, -3600, 20 * 365 * DAY_SECONDS, -50, 0];

const RELOADS = 20;
const TURN_MS = 5000;
const CHURN_MS = 200;

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

/** All these crowds, in a thread of their own: nothing else here waits for their handshakes. */
export function gather(crowds: readonly Crowd[]): Disturbance {
  return async (signal) => {
    const thread = new Worker(new URL("./crowd_thread.ts", import.meta.url), { type: "module" });
    const failed = Promise.withResolvers<void>();
    thread.onerror = ({ message }) => failed.reject(new Error(message));
    thread.postMessage(crowds);
    const ended = new Promise<void>((resolve) =>
      signal.addEventListener("abort", () => resolve(), { once: true })
    );
    await Promise.race([ended, failed.promise]);
    thread.terminate();
  };
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
