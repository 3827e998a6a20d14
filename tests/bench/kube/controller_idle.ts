/** A controller while nothing happens. */

import { sumOf } from "../../support/metrics/exposition.ts";
import type { MeasuredController } from "./controller_process.ts";
import { ControllerSite } from "./controller_site.ts";

const IDLE_SECONDS = 60;

/** What it needs. */
export interface IdleCost {
  readonly seconds: number;
  readonly cpuPercent: number;
  /** Requests that are no renewals of its lease. */
  readonly requests: number;
}

/** Measures a controller that leads. */
export async function measureIdle(
  command: readonly string[],
  vms: number,
  say: (text: string) => void,
): Promise<IdleCost> {
  await using site = await ControllerSite.start(command);
  await site.makePools(1, 60_000);
  await site.fill(vms);
  await using controller = await site.controller([]);
  say(`idle for ${IDLE_SECONDS} s`);
  const [cpuMs, requests] = [await controller.cpu.read(), await requestsOf(controller, site)];
  await new Promise((resolve) => setTimeout(resolve, IDLE_SECONDS * 1000));
  return {
    seconds: IDLE_SECONDS,
    cpuPercent: (await controller.cpu.read() - cpuMs) / (IDLE_SECONDS * 10),
    requests: await requestsOf(controller, site) - requests,
  };
}

/** Requests of a controller so far. A lease is renewed by PUT, and all other PUTs are known. */
async function requestsOf(controller: MeasuredController, site: ControllerSite): Promise<number> {
  const lines = (await controller.metrics()).split("\n");
  const others = lines.filter((line) => !line.includes('method="PUT"')).join("\n");
  return sumOf(others, "rest_client_requests_total") + await site.writes();
}
