/**
 * The time of the compiled standalone from its start to the first ACK, and its
 * resident memory then, with the objects of the demo. A client asks for its address
 * every few milliseconds until it has it. Needs root and `dist/vm-dhcp`; a part of `./dev bench`.
 */

import { PROJECT } from "../../tools/steps.ts";
import { mac } from "../support/dhcp/dhcp_packets.ts";
import { createVethPair } from "../support/network/network_namespace.ts";
import { RawLink } from "../support/network/raw_link.ts";
import { untilAck } from "./first_ack.ts";
import { residentMbOf } from "./packets/process_stats.ts";
import { PROGRAMS } from "../support/process/standalone_process.ts";

const RUNS = 7;
/** After the first ACK, when conditions and Events are written too. */
const SETTLE_MS = 2000;
const MANIFESTS = ["ippool.yaml", "virtualmachinenetworkconfig.yaml"];
const CLIENT = mac("fa:cf:8e:50:82:fc");

interface Figures {
  readonly firstAckMs: number;
  readonly residentMb: number;
}

/** Measures one start on a data folder, new or used. */
async function measure(dataDir: string): Promise<Figures> {
  await using cable = await createVethPair();
  using client = new RawLink(cable.peerName);
  const beginMs = performance.now();
  const standalone = new Deno.Command(PROGRAMS.executable[0], {
    args: [
      ...["standalone", "--data-dir", dataDir, "--nic", `default/net-48=${cable.name}`],
      ...MANIFESTS.flatMap((file) => ["--manifests", `${PROJECT}/examples/${file}`]),
      ...["--http", "127.0.0.1:0"],
    ],
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  try {
    await untilAck(client, CLIENT);
    const firstAckMs = performance.now() - beginMs;
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    return { firstAckMs, residentMb: await residentMbOf(standalone.pid) };
  } finally {
    standalone.kill("SIGKILL");
    await standalone.status;
  }
}

function describe(values: readonly number[], unit: string): string {
  const sorted = values.toSorted((a, b) => a - b);
  const [min, median, max] = [0, 0.5, 1].map((part) => sorted[Math.floor(part * (RUNS - 1))]!);
  return `${median!.toFixed(0)} ${unit} (${min!.toFixed(0)} to ${max!.toFixed(0)})`;
}

const starts: Record<string, Figures[]> = { "new data folder": [], "used data folder": [] };
for (let run = 0; run < RUNS; run++) {
  const dataDir = await Deno.makeTempDir({ prefix: "vm-dhcp-bench-" });
  for (const figures of Object.values(starts)) figures.push(await measure(dataDir));
  await Deno.remove(dataDir, { recursive: true });
}
console.log(`medians of ${RUNS} starts, in parentheses least and most`);
for (const [what, figures] of Object.entries(starts)) {
  const firstAck = describe(figures.map(({ firstAckMs }) => firstAckMs), "ms");
  const resident = describe(figures.map(({ residentMb }) => residentMb), "MB");
  console.log(`${what}: start to first ACK ${firstAck}, resident ${resident}`);
}
