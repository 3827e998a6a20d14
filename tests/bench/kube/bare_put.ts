/** The floor under every change of a pool: its status, written by a client that does nothing else. */

import type { ControlPlaneAccess } from "../../support/cluster/control_plane.ts";
import { PATHS } from "./controller_site.ts";

/** Writes the status of pool 0 again and again. @returns Milliseconds from each request to its whole answer. */
export async function barePuts(
  { server, certificateAuthority, token }: ControlPlaneAccess,
  count: number,
): Promise<readonly number[]> {
  using client = Deno.createHttpClient({ caCerts: [certificateAuthority], http2: false });
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const url = `${server}${PATHS.ippools}/pool-0`;
  let text = await (await fetch(url, { headers, client })).text();
  const timesMs: number[] = [];
  for (let put = 0; put < count; put++) {
    const body = text.replace(/"lastUpdate":"[^"]*"/, `"lastUpdate":"${timeOf(put)}"`);
    const startMs = performance.now();
    const response = await fetch(`${url}/status`, { method: "PUT", headers, client, body });
    text = await response.text();
    timesMs.push(performance.now() - startMs);
    if (!response.ok) throw new Error(`the pool's status is refused: ${text}`);
  }
  return timesMs;
}

/** Each another one, or else the API server would write nothing. */
function timeOf(put: number): string {
  return new Date(Date.UTC(2026, 0, 1) + 1000 * put).toISOString().replace(".000", "");
}
