/** Runs the load generator. */

import { commandIn, type NetworkPlace } from "../../support/network/network_namespace.ts";
import { CLIENTS, FIRST_IP, FIRST_MAC, MAC_STEP, SERVER_IP } from "./site.ts";
import { benchTool } from "./tools.ts";

/** Core of the generator; the servers have the other one. */
const LOAD_CORE = 1;

/** Microseconds. */
export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** The results of the generator. */
export interface LoadResult {
  /** Complete exchanges, from DISCOVER to ACK. */
  readonly exchanges: number;
  readonly seconds: number;
  /** Exchanges that were not complete after a second. */
  readonly lost: number;
  /** Replies with another address than the client's. */
  readonly wrong: number;
  /** Replies to exchanges that were lost or never begun. */
  readonly late: number;
  /** Exchanges that did not begin for want of memory, because the server answers none. */
  readonly notBegun: number;
  readonly sendErrors: number;
  readonly ringDrops: number;
  /** From the start to the last ACK. */
  readonly boundMs: number;
  readonly exchangeUs: Percentiles;
  readonly discoverUs: Percentiles;
  readonly requestUs: Percentiles;
}

/** How the generator loads a server. */
export interface Load {
  readonly seconds: number;
  readonly warmUpSeconds?: number;
  /** Exchanges always under way. */
  readonly window?: number;
  /** Exchanges that begin each second. */
  readonly rate?: number;
  /** All clients begin at once. */
  readonly boot?: boolean;
  readonly clients?: number;
  /** Additional DISCOVERs of unknown clients each second. */
  readonly flood?: number;
}

/** Where the generator sends from. */
export interface LoadPoint {
  readonly place: NetworkPlace;
  readonly interfaceName: string;
}

/** Puts a load on a server. @throws {Error} when the generator cannot run. */
export async function runLoad(point: LoadPoint, load: Load): Promise<LoadResult> {
  const { success, stdout, stderr } = await commandIn(point.place, [
    ...onCore(LOAD_CORE),
    await benchTool("dhcp_load"),
    ...["--server-ip", String(SERVER_IP), "--first-ip", String(FIRST_IP)],
    ...["--first-mac", String(FIRST_MAC), "--mac-step", String(MAC_STEP)],
    ...["--clients", String(load.clients ?? CLIENTS), "--seconds", String(load.seconds)],
    ...(load.warmUpSeconds === undefined ? [] : ["--warm-up", String(load.warmUpSeconds)]),
    ...(load.window === undefined ? [] : ["--window", String(load.window)]),
    ...(load.rate === undefined ? [] : ["--rate", String(load.rate)]),
    ...(load.boot === true ? ["--boot"] : []),
    ...(load.flood === undefined ? [] : ["--flood", String(load.flood)]),
    point.interfaceName,
  ], { stdout: "piped", stderr: "piped" }).output();
  const text = new TextDecoder();
  if (!success) throw new Error(`the load generator failed: ${text.decode(stderr)}`);
  return JSON.parse(text.decode(stdout));
}

/** Words before a command that keep it on a core, where there are several. */
export function onCore(core: number): readonly string[] {
  return navigator.hardwareConcurrency > 1 ? ["taskset", "--cpu-list", String(core)] : [];
}
